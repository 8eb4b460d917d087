using System.Runtime.InteropServices;
using Fleet.Lab.Load;

namespace Fleet.Lab.Bench;

/// <summary>CPU time of processes and the cores of threads, from the kernel.</summary>
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

    /// <summary>Keeps the calling thread off a core; does nothing where that is the only core.</summary>
    internal static void KeepOff(int core)
    {
        const int Words = 16;
        ulong* mask = stackalloc ulong[Words];
        for (int i = 0; i < Math.Min(Environment.ProcessorCount, Words * 64); i++)
        {
            mask[i / 64] |= i == core ? 0 : 1UL << (i % 64);
        }

        _ = SetAffinity(0, Words * sizeof(ulong), mask);
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int ProcessClock(int pid, int* clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int Read(int clock, LoadNative.Timespec* time);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nint bytes, ulong* mask);
}
