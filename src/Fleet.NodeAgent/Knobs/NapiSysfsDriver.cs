using System.Globalization;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// NAPI deferral through sysfs, for kernels without the netdev family's settings (before 6.13). One value for the whole device, no
/// suspension. A sysfs write overwrites every per-NAPI value, so this driver and the netlink one are never used together.
/// </summary>
internal sealed class NapiSysfsDriver : IKnobDriver
{
    private const string DeferFile = "napi_defer_hard_irqs";
    private const string FlushFile = "gro_flush_timeout";

    private readonly string _folder;
    private readonly string _device;

    internal NapiSysfsDriver(string sysfsRoot, string device)
    {
        _folder = Path.Combine(sysfsRoot, "class/net", device);
        _device = device;
    }

    /// <inheritdoc/>
    public string Name => "napi-sysfs";

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        var suspend = new KnobDescription(
            NapiKnobs.Suspend, KnobAvailability.Absent, "the kernel has no interrupt suspension (Linux 6.14 and newer have it)", null);
        if (!File.Exists(Path.Combine(_folder, FlushFile)))
        {
            return [new(NapiKnobs.Flush, KnobAvailability.Absent, $"'{_folder}/{FlushFile}' does not exist", null), suspend];
        }

        try
        {
            long flushUs = Read(DeferFile) > 0 ? Read(FlushFile) / 1000 : 0;
            return [new(NapiKnobs.Flush, KnobAvailability.Available, "", flushUs), suspend];
        }
        catch (KnobException e)
        {
            return [new(NapiKnobs.Flush, KnobAvailability.Absent, e.Message, null), suspend];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, long> Snapshot() =>
        new SortedDictionary<string, long>(StringComparer.Ordinal) { [DeferFile] = Read(DeferFile), [FlushFile] = Read(FlushFile) };

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        long flushUs = values[NapiKnobs.FlushName];
        var wanted = new Dictionary<string, long>
        {
            [DeferFile] = flushUs > 0 ? NapiKnobs.DeferHardIrqs : 0,
            [FlushFile] = flushUs * 1000,
        };
        Restore(wanted);
        foreach ((string file, long value) in wanted)
        {
            long readBack = Read(file);
            if (readBack != value)
            {
                throw new KnobException($"{_device} {file}: wrote {value}, the kernel reads back {readBack}");
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, long> snapshot)
    {
        foreach ((string file, long value) in snapshot)
        {
            string path = Path.Combine(_folder, file);
            try
            {
                File.WriteAllText(path, value.ToString(CultureInfo.InvariantCulture));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new KnobException($"'{path}' refused {value}: {e.Message}; root and CAP_NET_ADMIN are needed", e);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => _device;

    private long Read(string file)
    {
        string path = Path.Combine(_folder, file);
        try
        {
            return long.Parse(File.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new KnobException($"'{path}' cannot be read: {e.Message}", e);
        }
    }
}
