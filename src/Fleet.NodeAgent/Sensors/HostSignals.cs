using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// The signals that explain a saving: interrupts, context switches, softirq time, idle residency, frequency, bytes of the device. Counters
/// of one file are read with every sample, those of many files every two seconds.
/// </summary>
internal sealed class HostSignals : IDisposable
{
    private const double MsPerTick = 10;
    private static readonly TimeSpan SlowInterval = TimeSpan.FromSeconds(2);

    private readonly Signal _softirq = new("softirq-time", "ms");
    private readonly Signal _interrupts = new("interrupts", "1");
    private readonly Signal _switches = new("context-switches", "1");
    private readonly Signal _rxBytes = new("nic-rx-bytes", "bytes");
    private readonly Signal _txBytes = new("nic-tx-bytes", "bytes");
    private readonly HostFile _stat;
    private readonly HostFile _rx;
    private readonly HostFile _tx;
    private readonly IdleResidency _idle;
    private TimeSpan? _slow;

    internal HostSignals(AgentOptions options)
    {
        string statistics = Path.Combine(options.SysfsRoot, "class/net", options.Device, "statistics");
        _stat = new HostFile(Path.Combine(options.ProcfsRoot, "stat"));
        _rx = new HostFile(Path.Combine(statistics, "rx_bytes"));
        _tx = new HostFile(Path.Combine(statistics, "tx_bytes"));
        _idle = new IdleResidency(options.SysfsRoot);
        Frequency = new CoreFrequency(options.SysfsRoot);
        Counters = [_interrupts, _switches, _softirq, _rxBytes, _txBytes, .. _idle.Signals];
    }

    internal CoreFrequency Frequency { get; }

    /// <summary>The host's counters of the last sample; null when they cannot be read.</summary>
    internal ProcStat? Stat { get; private set; }

    internal IReadOnlyList<Signal> Counters { get; }

    internal void Sample(TimeSpan now)
    {
        Stat = ProcStat.Parse(_stat.Bytes());
        _softirq.Take(now, Stat?.SoftirqTicks * MsPerTick);
        _interrupts.Take(now, Stat?.Interrupts);
        _switches.Take(now, Stat?.Switches);
        _rxBytes.Take(now, _rx.Number());
        _txBytes.Take(now, _tx.Number());
        if (_slow is not { } last || now - last >= SlowInterval)
        {
            _slow = now;
            _idle.Sample(now);
            Frequency.Sample(now);
        }
    }

    /// <summary>Each signal with the reason why it does not work; empty reason: it works.</summary>
    internal IEnumerable<SensorDescription> Describe()
    {
        string stat = Stat is null ? $"'{_stat.Path}' cannot be used: {_stat.Problem}" : "";
        yield return new SensorDescription("cpu-frequency", "MHz", Frequency.Reason);
        yield return new SensorDescription(
            "idle-residency", "ms", _idle.Signals.Any() ? "" : "no core has cpuidle states: the kernel has no cpuidle driver");
        yield return new SensorDescription(_interrupts.Name, _interrupts.Unit, stat);
        yield return new SensorDescription(_switches.Name, _switches.Unit, stat);
        yield return new SensorDescription(_softirq.Name, _softirq.Unit, stat);
        yield return new SensorDescription(_rxBytes.Name, _rxBytes.Unit, Missing(_rx));
        yield return new SensorDescription(_txBytes.Name, _txBytes.Unit, Missing(_tx));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stat.Dispose();
        _rx.Dispose();
        _tx.Dispose();
        _idle.Dispose();
        Frequency.Dispose();
    }

    private static string Missing(HostFile file) => file.Problem.Length == 0 ? "" : $"'{file.Path}' cannot be read: {file.Problem}";
}
