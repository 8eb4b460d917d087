using System.Globalization;
using Fleet.Core.Measurement;

namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// Reads every sensor of the node. All watchers share the totals, so energy is one monotone counter; a sample costs about 20 small
/// file reads.
/// </summary>
internal sealed class SensorHub
{
    private static readonly TimeSpan ThreadsKnownFor = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly AgentOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ServerProcesses _server;
    private readonly Func<IReadOnlyList<int>> _napiThreads;
    private readonly TaskAccount _serverAccount = new();
    private readonly TaskAccount _napiAccount = new();
    private readonly RaplMeter _rapl;
    private readonly CpuPowerModel _model;

    private IReadOnlyList<int> _napiPids = [];
    private TimeSpan _napiPidsRead = TimeSpan.MinValue;
    private TimeSpan _lastAt;
    private TimeSpan _lastCpu;
    private double _modelJoules;
    private long _rxPackets;
    private long? _rxLast;

    internal SensorHub(AgentOptions options, TimeProvider time, Func<IReadOnlyList<int>> napiThreads)
    {
        _options = options;
        _time = time;
        _started = time.GetTimestamp();
        _napiThreads = napiThreads;
        _server = new ServerProcesses(options.ProcfsRoot, options.ServerPids, options.ServerPidFile);
        _rapl = new RaplMeter(options.SysfsRoot);
        Cores = options.Cores > 0 ? options.Cores : Environment.ProcessorCount;
        _model = new CpuPowerModel(options.IdleWattsPerCore, options.BusyWattsPerCore, Cores);
    }

    /// <summary>Cores whose CPU time the readings count.</summary>
    internal double Cores { get; }

    /// <summary>Takes a sample of every sensor.</summary>
    internal SensorTotals Sample()
    {
        lock (_gate)
        {
            TimeSpan now = _time.GetElapsedTime(_started);
            var problems = new List<string>();
            SampleNapi(now, problems);
            SampleServer(problems);
            SampleDevice(problems);

            long hostShareNs = _server.Configured ? _serverAccount.CpuNs : Math.Max(0, _serverAccount.CpuNs - _napiAccount.CpuNs);
            TimeSpan cpu = Nanoseconds(hostShareNs + _napiAccount.CpuNs);
            bool cpuKnown = problems.Count == 0 || !problems.Exists(p => p.StartsWith("server", StringComparison.Ordinal));
            _modelJoules += _model.Joules(now - _lastAt, cpu > _lastCpu ? cpu - _lastCpu : TimeSpan.Zero);
            _lastAt = now;
            _lastCpu = cpu;

            (double? joules, PowerSource source) = _rapl.Sample() ? (_rapl.Joules, PowerSource.Rapl)
                : cpuKnown ? (_modelJoules, PowerSource.Model) : ((double?)null, PowerSource.Unknown);
            return new SensorTotals(
                now, Nanoseconds(hostShareNs), Nanoseconds(_napiAccount.CpuNs), _serverAccount.Switches + _napiAccount.Switches,
                _rxPackets, joules, source, problems);
        }
    }

    /// <summary>Each sensor with the reason why it does not work; empty reason: it works.</summary>
    internal IReadOnlyList<(string Name, string Reason)> Describe()
    {
        SensorTotals now = Sample();
        string Reason(string prefix) => now.Problems.FirstOrDefault(p => p.StartsWith(prefix, StringComparison.Ordinal)) ?? "";
        return
        [
            ("server-cpu", Reason("server")),
            ("napi-cpu", Reason("NAPI")),
            ("rx-packets", Reason("device")),
            ("rapl", _rapl.Reason),
            ("cpu-power-model", Reason("server")),
        ];
    }

    private void SampleNapi(TimeSpan now, List<string> problems)
    {
        bool gone = _napiPids.Any(p => !Directory.Exists(TaskFolder(p)));
        if (gone || _napiPidsRead == TimeSpan.MinValue || now - _napiPidsRead >= ThreadsKnownFor)
        {
            _napiPids = _napiThreads();
            _napiPidsRead = now;
        }

        if (_napiPids.Count == 0)
        {
            problems.Add($"NAPI of {_options.Device} runs in softirq, where its CPU time belongs to nobody; "
                + $"echo 1 > /sys/class/net/{_options.Device}/threaded gives it threads");
        }

        _napiAccount.Take(_napiPids.Select(p => (p, p, Times: TaskTimes.Read(TaskFolder(p)))).Where(t => t.Times is not null)
            .Select(t => (t.Item1, t.Item2, t.Times!.Value)));
    }

    private void SampleServer(List<string> problems)
    {
        if (_server.Configured)
        {
            _serverAccount.Take(_server.Read(problems));
        }
        else if (HostCpu.Read(_options.ProcfsRoot, problems) is { } host)
        {
            _serverAccount.Take([(0, 0, host)]);
        }
    }

    private void SampleDevice(List<string> problems)
    {
        string path = Path.Combine(_options.SysfsRoot, "class/net", _options.Device, "statistics/rx_packets");
        try
        {
            long value = long.Parse(File.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture);
            _rxPackets += _rxLast is { } last && value >= last ? value - last : 0;
            _rxLast = value;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            _rxLast = null;
            problems.Add($"device {_options.Device}: '{path}' cannot be read: {e.Message}");
        }
    }

    private string TaskFolder(int pid) => Path.Combine(_options.ProcfsRoot, pid.ToString(CultureInfo.InvariantCulture));

    private static TimeSpan Nanoseconds(long ns) => TimeSpan.FromTicks(ns / TimeSpan.NanosecondsPerTick);
}
