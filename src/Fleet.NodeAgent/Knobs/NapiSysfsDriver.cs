using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// NAPI deferral through sysfs, for kernels without the netdev family's settings (before 6.13). One value for the whole device, no
/// suspension. A sysfs write overwrites every per-NAPI value, so this driver and the netlink one are never used together.
/// </summary>
internal sealed class NapiSysfsDriver : IKnobDriver
{
    private const string DeferFile = "napi_defer_hard_irqs";
    private const string FlushFile = "gro_flush_timeout";

    private readonly IHostFiles _files;
    private readonly string _folder;
    private readonly string _device;

    internal NapiSysfsDriver(IHostFiles files, string sysfsRoot, string device)
    {
        _files = files;
        _folder = Path.Combine(sysfsRoot, "class/net", device);
        _device = device;
    }

    /// <inheritdoc/>
    public string Name => "napi-sysfs";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Queue;

    /// <inheritdoc/>
    public bool OfDevice => true;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        var suspend = new KnobDescription(
            NapiKnobs.Suspend, KnobAvailability.Absent, "the kernel has no interrupt suspension (Linux 6.14 and newer have it)", null);
        string path = Path.Combine(_folder, FlushFile);
        try
        {
            if (!_files.Exists(path))
            {
                return [Absent(NapiKnobs.Flush, $"'{path}' does not exist"), suspend, Absent(NapiKnobs.Defer, $"'{path}' does not exist")];
            }

            string? obstacle = _files.WriteObstacle(path) is { } why ? why + " and CAP_NET_ADMIN" : null;
            KnobAvailability state = obstacle is null ? KnobAvailability.Available : KnobAvailability.ReadOnly;
            long count = Read(DeferFile);
            return
            [
                new(NapiKnobs.Flush, state, obstacle ?? "", count > 0 ? Read(FlushFile) / 1000 : 0),
                suspend,
                new(NapiKnobs.Defer, state, obstacle ?? "", count),
            ];
        }
        catch (KnobException e)
        {
            return [Absent(NapiKnobs.Flush, e.Message), suspend, Absent(NapiKnobs.Defer, e.Message)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        [DeferFile] = _files.Read(Path.Combine(_folder, DeferFile)),
        [FlushFile] = _files.Read(Path.Combine(_folder, FlushFile)),
    };

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        if (!values.TryGetValue(NapiKnobs.FlushName, out long flushUs))
        {
            return;
        }

        long count = values.GetValueOrDefault(KnobNames.Defer, NapiKnobs.DeferHardIrqs);
        Restore(new Dictionary<string, string>
        {
            [DeferFile] = Text(flushUs > 0 ? count : 0),
            [FlushFile] = Text(flushUs * 1000),
        });
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach ((string file, string text) in snapshot)
        {
            string path = Path.Combine(_folder, file);
            if (!_files.Exists(path))
            {
                continue;
            }

            _files.Write(path, text);
            string found = _files.Read(path).Trim();
            if (found != text.Trim())
            {
                throw new KnobException($"{_device} {file}: wrote {text.Trim()}, the kernel reads back {found}");
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => _device;

    private static KnobDescription Absent(Knob knob, string reason) => new(knob, KnobAvailability.Absent, reason, null);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture) + "\n";

    private long Read(string file)
    {
        string path = Path.Combine(_folder, file);
        string text = _files.Read(path);
        return long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value : throw new KnobException($"'{path}' is '{text.Trim()}', not a number");
    }
}
