using System.Runtime.InteropServices;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>CPU time of processes, from the kernel.</summary>
public static unsafe partial class CpuClock
{
    /// <summary>
    /// CPU time of a process so far, user and system, all threads, those that ended included, to the nanosecond; null when it is gone.
    /// </summary>
    public static TimeSpan? OfProcess(int pid)
    {
        int clock;
        LoadNative.Timespec time;
        return ProcessClock(pid, &clock) == 0 && Read(clock, &time) == 0
            ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
            : null;
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int ProcessClock(int pid, int* clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int Read(int clock, LoadNative.Timespec* time);
}
