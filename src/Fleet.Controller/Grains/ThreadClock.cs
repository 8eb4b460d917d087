using System.Runtime.InteropServices;

namespace Fleet.Controller.Grains;

/// <summary>
/// Processor time of the calling thread, clock_gettime(2): work is charged for what it costs, not for what else runs on the machine.
/// </summary>
internal static class ThreadClock
{
    private const int ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID on Linux

    /// <summary>Processor time so far; on systems other than Linux the time of the process.</summary>
    public static TimeSpan Now() => OperatingSystem.IsLinux() && Read(ThreadCpuTime, out Timespec time) == 0
        ? TimeSpan.FromTicks((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
        : Environment.CpuUsage.TotalTime;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int Read(int clock, out Timespec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
