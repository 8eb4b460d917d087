using System.Buffers.Binary;
using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The longest wake-up that idle cores may need (Documentation/power/pm_qos_interface.rst): a number written to
/// <c>/dev/cpu_dma_latency</c> holds as long as the file stays open, so the kernel itself takes it back when the agent dies.
/// </summary>
internal sealed class DmaLatencyDriver(IHostFiles files, string sysfsRoot, string devRoot) : IKnobDriver, IDisposable
{
    /// <summary>PM_QOS_CPU_LATENCY_DEFAULT_VALUE: no limit.</summary>
    internal const int NoLimitUs = 2_000_000_000;

    private const string RequestPlace = "request_us";
    private const string None = "none";

    private readonly string _path = Path.Combine(devRoot, "cpu_dma_latency");
    private FileStream? _held;
    private int _heldUs;

    /// <inheritdoc/>
    public string Name => "cpu-dma-latency";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Hint;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        if (!files.Exists(_path))
        {
            return [KnobDescription.Absent(KnobNames.DmaLatency, $"'{_path}' does not exist; bind-mount it into the agent's container")];
        }

        long[] exitLatenciesUs = [.. files.Entries(Path.Combine(sysfsRoot, "devices/system/cpu/cpu0/cpuidle"), "state*").Select(ExitLatencyUs)
            .Append(0).Append(NoLimitUs).Distinct().Order()];
        string? obstacle = files.WriteObstacle(_path);
        return
        [
            new(
                new Knob(KnobNames.DmaLatency, [.. exitLatenciesUs], KnobScale.Log),
                obstacle is null ? KnobAvailability.Available : KnobAvailability.ReadOnly,
                obstacle ?? "",
                InForceUs()),
        ];
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() => new Dictionary<string, string>
    {
        [RequestPlace] = _held is null ? None : _heldUs.ToString(CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        int us = (int)values[KnobNames.DmaLatency];
        Hold(us == NoLimitUs ? null : us);
        if (InForceUs() is { } found && found > us)
        {
            throw new KnobException($"'{_path}': asked for at most {us} µs, the kernel reads back {found}");
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        if (snapshot.TryGetValue(RequestPlace, out string? text))
        {
            // A request of an agent that died ended with it: only "none" can stand in a journal of another run.
            Hold(int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int us) ? us : null);
        }
    }

    /// <inheritdoc/>
    public string Identity() => _path;

    /// <inheritdoc/>
    public void Dispose() => Hold(null);

    private void Hold(int? us)
    {
        if (us is not { } limit)
        {
            _held?.Dispose();
            _held = null;
            return;
        }

        try
        {
            _held ??= new FileStream(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            BinaryPrimitives.WriteInt32LittleEndian(bytes, limit);
            _held.Position = 0;
            _held.Write(bytes);
            _heldUs = limit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KnobException($"'{_path}' refused {limit} µs: {e.Message}", e);
        }
    }

    private long? InForceUs()
    {
        try
        {
            using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            Span<byte> bytes = stackalloc byte[sizeof(int)];
            return file.ReadAtLeast(bytes, sizeof(int), throwOnEndOfStream: false) == sizeof(int)
                ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private long ExitLatencyUs(string state)
    {
        try
        {
            return long.TryParse(
                files.Read(Path.Combine(state, "latency")).AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long us)
                && us <= NoLimitUs ? us : 0;
        }
        catch (KnobException)
        {
            return 0;
        }
    }
}
