using Fleet.Hosting.Errors;
using Fleet.Lab.Bench;

namespace Fleet.Cli.Bench;

/// <summary>
/// A process's CPU time, as a whole and in windows of five seconds. On a virtual machine whose processors are shared, time that the host takes
/// away while a thread runs counts as the thread's. It comes in bursts of a slice of the host's scheduler and can last for most of a run, so
/// the lower quartile of the windows is nearest to what the process itself uses.
/// </summary>
internal sealed class CpuWindows
{
    /// <summary>Everything that an agent does from time to time happens at least once in it.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private readonly int _pid;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _startCpu;
    private readonly List<double> _percents = [];
    private long _from;
    private TimeSpan _fromCpu;
    private long _last;
    private TimeSpan _lastCpu;

    internal CpuWindows(int pid, TimeProvider time)
    {
        (_pid, _time) = (pid, time);
        _start = _from = _last = time.GetTimestamp();
        _startCpu = _fromCpu = _lastCpu = Cpu(pid);
    }

    /// <summary>Time from the start to the last look.</summary>
    internal double Seconds => _time.GetElapsedTime(_start, _last).TotalSeconds;

    /// <summary>CPU time of all threads in it, percent of one core.</summary>
    internal double Percent => Share(_start, _startCpu);

    /// <summary>Median of the windows; of the whole when there is no window.</summary>
    internal double MedianPercent => Quantile(0.5);

    /// <summary>Lower quartile of the windows; of the whole when there is no window.</summary>
    internal double LowerQuartilePercent => Quantile(0.25);

    /// <summary>Looks; called a few times a second.</summary>
    internal void Look()
    {
        (_last, _lastCpu) = (_time.GetTimestamp(), Cpu(_pid));
        if (_time.GetElapsedTime(_from, _last) >= Length)
        {
            _percents.Add(Share(_from, _fromCpu));
            (_from, _fromCpu) = (_last, _lastCpu);
        }
    }

    private double Quantile(double share) =>
        _percents.Count == 0 ? Percent : _percents.Order().ElementAt((int)(_percents.Count * share));

    private double Share(long from, TimeSpan fromCpu) => (_lastCpu - fromCpu) / _time.GetElapsedTime(from, _last) * 100;

    private static TimeSpan Cpu(int pid) =>
        CpuClock.OfProcess(pid) ?? throw new StartupException($"the CPU time of process {pid} cannot be read: it has ended");
}
