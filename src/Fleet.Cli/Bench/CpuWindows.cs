using System.Runtime.InteropServices;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Bench;

/// <summary>
/// A process's CPU time, as a whole and in windows of five seconds. On a virtual machine whose processors are shared, time that the host takes
/// away while a thread runs counts as the thread's; it comes in bursts, so the median of the windows is what the process itself uses.
/// </summary>
internal sealed partial class CpuWindows
{
    private const int ProcessCpuClock = 2;
    private const double NsPerSecond = 1e9;

    /// <summary>Everything that an agent does from time to time happens at least once in it.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private readonly int _pid;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly long _startNs;
    private readonly List<double> _percents = [];
    private long _from;
    private long _fromNs;
    private long _last;
    private long _lastNs;

    internal CpuWindows(int pid, TimeProvider time)
    {
        (_pid, _time) = (pid, time);
        _start = _from = _last = time.GetTimestamp();
        _startNs = _fromNs = _lastNs = CpuNs(pid);
    }

    /// <summary>Time from the start to the last look.</summary>
    internal double Seconds => _time.GetElapsedTime(_start, _last).TotalSeconds;

    /// <summary>CPU time of all threads in it, percent of one core.</summary>
    internal double Percent => Share(_start, _startNs);

    /// <summary>Median of the windows; of the whole when there is no window.</summary>
    internal double MedianPercent => _percents.Count == 0 ? Percent : _percents.Order().ElementAt(_percents.Count / 2);

    /// <summary>Looks; called a few times a second.</summary>
    internal void Look()
    {
        (_last, _lastNs) = (_time.GetTimestamp(), CpuNs(_pid));
        if (_time.GetElapsedTime(_from, _last) >= Length)
        {
            _percents.Add(Share(_from, _fromNs));
            (_from, _fromNs) = (_last, _lastNs);
        }
    }

    private double Share(long from, long fromNs) => (_lastNs - fromNs) / NsPerSecond / _time.GetElapsedTime(from, _last).TotalSeconds * 100;

    // The process's CPU clock (clock_getcpuclockid(3)): all threads, those that ended included, to the nanosecond.
    private static long CpuNs(int pid)
    {
        Span<long> time = stackalloc long[2];
        return ReadClock((~pid << 3) | ProcessCpuClock, time) == 0
            ? (time[0] * 1_000_000_000) + time[1]
            : throw new StartupException($"the CPU time of process {pid} cannot be read: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ReadClock(int clock, Span<long> time);
}
