using Fleet.Core.Measurement;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Reads every sensor of the node. All watchers share the totals, so energy is one monotone counter; a sample costs about 20 small
/// file reads.
/// </summary>
internal sealed class SensorHub : IDisposable
{
    /// <summary>USER_HZ is 100 for user space.</summary>
    private const long NsPerTick = 10_000_000;

    private static readonly TimeSpan ThreadsKnownFor = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly AgentOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ServerProcesses _server;
    private readonly Func<IReadOnlyList<int>> _napiThreads;
    private readonly TaskAccount _serverAccount = new();
    private readonly TaskAccount _napiAccount = new();
    private readonly IEnergyMeter[] _meters;
    private readonly RaplMeter _memory;
    private readonly IEnergyMeter[] _energyMeters;
    private readonly CalibrationMeter[] _calibration;
    private readonly HostSignals _signals;
    private readonly CpuPowerModel _model;
    private readonly HostFile _rxFile;
    private readonly Dictionary<string, Signal> _energy = [];
    private readonly TaskFiles _napiFiles;
    private readonly List<(int Process, int Task, TaskTimes Times)> _napiTimes = [];
    private readonly string _softirq;

    private IReadOnlyList<int> _napiPids = [];
    private TimeSpan _napiPidsRead = TimeSpan.MinValue;
    private TimeSpan _lastAt;
    private TimeSpan _lastCpu;
    private double _modelJoules;
    private double _totalJoules;
    private double _totalLast;
    private PowerSource _totalSource;
    private long _rxPackets;
    private long? _rxLast;

    internal SensorHub(AgentOptions options, TimeProvider time, Func<IReadOnlyList<int>> napiThreads)
    {
        _options = options;
        _time = time;
        _started = time.GetTimestamp();
        _napiThreads = napiThreads;
        _server = new ServerProcesses(options.ProcfsRoot, options.ServerPids, options.ServerPidFile);
        _meters = [new RaplMeter(options.SysfsRoot), new PerfEnergyMeter(options.SysfsRoot), new HwmonMeter(options.SysfsRoot)];
        _memory = new RaplMeter(options.SysfsRoot, "dram");
        _energyMeters = [.. _meters, _memory];
        _calibration = [CalibrationMeters.Ipmi(options, time), CalibrationMeters.Redfish(options, time)];
        _signals = new HostSignals(options);
        _rxFile = new HostFile(Path.Combine(options.SysfsRoot, "class/net", options.Device, "statistics/rx_packets"));
        _napiFiles = new TaskFiles(options.ProcfsRoot, kernelThreads: true);
        _softirq = $"NAPI of {options.Device} runs in softirq, where its CPU time belongs to nobody; "
            + $"echo 1 > /sys/class/net/{options.Device}/threaded gives it threads";
        Cores = options.Cores > 0 ? options.Cores : Environment.ProcessorCount;
        _model = new CpuPowerModel(options.IdleWattsPerCore, options.BusyWattsPerCore, Cores);
    }

    /// <summary>Cores whose CPU time the readings count.</summary>
    internal double Cores { get; }

    /// <summary>The measured server's processes now.</summary>
    internal IReadOnlyList<int> ServerPids => _server.Pids;

    /// <summary>Begins to ask the slow meters.</summary>
    internal void StartCalibration()
    {
        foreach (CalibrationMeter meter in _calibration)
        {
            meter.Start();
        }
    }

    /// <summary>Takes a sample of every sensor.</summary>
    /// <param name="readings">Emptied and filled with the sample's readings, for a caller that takes many samples; null: a new list.</param>
    internal SensorTotals Sample(List<SensorReading>? readings = null)
    {
        lock (_gate)
        {
            TimeSpan now = _time.GetElapsedTime(_started);
            var problems = new List<string>();
            _signals.Sample(now);
            SampleNapi(now, problems);
            SampleServer(now, problems);
            SampleDevice(problems);

            long hostShareNs = _server.Configured ? _serverAccount.CpuNs : Math.Max(0, _serverAccount.CpuNs - _napiAccount.CpuNs);
            TimeSpan cpu = Nanoseconds(hostShareNs + _napiAccount.CpuNs);
            bool cpuKnown = problems.Count == 0 || !problems.Exists(p => p.StartsWith("server", StringComparison.Ordinal));
            _modelJoules += _model.Joules(now - _lastAt, cpu > _lastCpu ? cpu - _lastCpu : TimeSpan.Zero);
            _lastAt = now;
            _lastCpu = cpu;

            (double? joules, PowerSource source) = Energy(now) is { } meter ? (meter.Joules, meter.Source)
                : cpuKnown ? (_modelJoules, PowerSource.Model) : ((double?)null, PowerSource.Unknown);
            return new SensorTotals(
                now, Nanoseconds(hostShareNs), Nanoseconds(_napiAccount.CpuNs), _serverAccount.Switches + _napiAccount.Switches,
                _rxPackets, Monotone(joules, source), source, problems)
            {
                Readings = Readings(readings ?? [], now, cpuKnown),
            };
        }
    }

    /// <summary>Each sensor with the reason why it does not work; empty reason: it works.</summary>
    internal IReadOnlyList<SensorDescription> Describe()
    {
        SensorTotals now = Sample();
        string Reason(string prefix) => now.Problems.FirstOrDefault(p => p.StartsWith(prefix, StringComparison.Ordinal)) ?? "";
        return
        [
            new("server-cpu", "ms", Reason("server")),
            new("napi-cpu", "ms", Reason("NAPI")),
            new("rx-packets", "packets", Reason("device")),
            .. _energyMeters.Select(m => new SensorDescription(m.Name, "J", m.Reason)),
            .. _calibration.Select(c => new SensorDescription(c.Name, "W", c.Present && c.Latest is not null ? "" : c.Reason)),
            new("cpu-power-model", "J", Reason("server")),
            .. _signals.Describe(),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable disposable in _meters.OfType<IDisposable>().Concat(_calibration)
            .Concat([_memory, _signals, _rxFile, _server, _napiFiles]))
        {
            disposable.Dispose();
        }
    }

    /// <summary>
    /// The node's energy as one counter that never falls: each source counts from a zero of its own, so a change of source adds nothing.
    /// </summary>
    private double? Monotone(double? joules, PowerSource source)
    {
        if (joules is { } now)
        {
            _totalJoules += source == _totalSource && now > _totalLast ? now - _totalLast : 0;
            (_totalSource, _totalLast) = (source, now);
        }

        return joules is null ? null : _totalJoules;
    }

    /// <summary>Samples every meter; the best that works, in their order.</summary>
    private IEnergyMeter? Energy(TimeSpan now)
    {
        IEnergyMeter? best = null;
        foreach (IEnergyMeter meter in _energyMeters)
        {
            bool works = meter.Sample(now);
            Signal signal = SignalOf(meter.Name);
            signal.Take(now, works ? meter.Joules : null);
            if (works && best is null && meter != _memory)
            {
                best = meter;
            }
        }

        return best;
    }

    private List<SensorReading> Readings(List<SensorReading> readings, TimeSpan now, bool modelKnown)
    {
        readings.Clear();
        void Add(Signal signal, string source, ReadingQuality quality)
        {
            if (signal.Total is { } total)
            {
                readings.Add(new SensorReading(signal.Name, signal.Unit, total, signal.PerSecond, source, quality, now - signal.At));
            }
        }

        foreach (IEnergyMeter meter in _energyMeters)
        {
            if (meter.Reason.Length == 0)
            {
                Add(SignalOf(meter.Name), meter is PerfEnergyMeter ? "perf" : meter.Source.ToString().ToLowerInvariant(), meter.Quality);
            }
        }

        Signal model = SignalOf("cpu-power-model");
        model.Take(now, modelKnown ? _modelJoules : null);
        if (modelKnown)
        {
            Add(model, "model", ReadingQuality.Model);
        }

        foreach (CalibrationMeter meter in _calibration)
        {
            if (meter.Latest is { } latest)
            {
                readings.Add(new SensorReading(meter.Name, "W", latest.Watts, null, meter.Source, ReadingQuality.Calibration, latest.Age));
            }
        }

        foreach (Signal signal in _signals.Counters)
        {
            Add(signal, "kernel", ReadingQuality.Measured);
        }

        if (_signals.Frequency.Mhz is { } mhz)
        {
            readings.Add(new SensorReading(
                "cpu-frequency", "MHz", mhz, null, "kernel", ReadingQuality.Measured, now - _signals.Frequency.At));
        }

        return readings;
    }

    private Signal SignalOf(string name)
    {
        if (!_energy.TryGetValue(name, out Signal? signal))
        {
            _energy[name] = signal = new Signal(name, "J");
        }

        return signal;
    }

    private void SampleNapi(TimeSpan now, List<string> problems)
    {
        if (_napiPidsRead == TimeSpan.MinValue || now - _napiPidsRead >= ThreadsKnownFor || !ReadNapi())
        {
            _napiPids = _napiThreads();
            _napiFiles.Keep(_napiPids.Select(p => (p, p)).ToHashSet());
            _napiPidsRead = now;
            _ = ReadNapi();
        }

        if (_napiPids.Count == 0)
        {
            problems.Add(_softirq);
        }

        _napiAccount.Take(_napiTimes);
    }

    /// <summary>Reads the polling threads; false when one of them is gone.</summary>
    private bool ReadNapi()
    {
        _napiTimes.Clear();
        foreach (int pid in _napiPids)
        {
            if (_napiFiles.Read(pid, pid) is not { } times)
            {
                return false;
            }

            _napiTimes.Add((pid, pid, times));
        }

        return true;
    }

    private void SampleServer(TimeSpan now, List<string> problems)
    {
        if (_server.Configured)
        {
            _serverAccount.Take(_server.Read(now, problems));
        }
        else if (_signals.Stat is { } host)
        {
            _serverAccount.Take([(0, 0, new TaskTimes(host.BusyTicks * NsPerTick, host.Switches))]);
        }
        else
        {
            problems.Add($"server: '{_options.ProcfsRoot}/stat' cannot be used, so the host's CPU time is unknown");
        }
    }

    private void SampleDevice(List<string> problems)
    {
        long? value = _rxFile.Number();
        _rxPackets += value is { } count && _rxLast is { } last && count >= last ? count - last : 0;
        _rxLast = value;
        if (value is null)
        {
            problems.Add($"device {_options.Device}: '{_rxFile.Path}' cannot be read: {_rxFile.Problem}");
        }
    }

    private static TimeSpan Nanoseconds(long ns) => TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick);
}
