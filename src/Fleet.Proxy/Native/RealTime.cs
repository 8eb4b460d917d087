using System.Runtime.InteropServices;

namespace Fleet.Proxy.Native;

/// <summary>
/// The SCHED_FIFO class (sched(7)) for the calling thread alone. Only event loops belong there: a compiler or collector thread of the same
/// priority would run to its end before them.
/// </summary>
internal static unsafe class RealTime
{
    /// <summary>Enters the class; null when that went well or the priority is 0, else the system's reason.</summary>
    public static string? TryEnter(int priority) =>
        priority == 0 || Libc.SetScheduler(0, Libc.SchedFifo, &priority) == 0 ? null : Marshal.GetLastPInvokeErrorMessage();

    /// <summary>Why this process may not use the priority; null when it may.</summary>
    public static string? Obstacle(int priority)
    {
        string? reason = null;
        var trial = new Thread(() => reason = TryEnter(priority));
        trial.Start();
        trial.Join();
        return reason;
    }
}
