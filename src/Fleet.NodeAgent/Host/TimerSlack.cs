using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Host;

/// <summary>
/// How much later than asked the kernel may end a thread's sleeps (prctl(2), PR_SET_TIMERSLACK; 50 us by default). Sleeps that may end late
/// end together with another one of the same processor, which then wakes once instead of twice: that is what a sleep costs its host.
/// </summary>
internal static class TimerSlack
{
    /// <summary>Of threads whose clocks need no precision: the pool's, the web server's, deadlines of calls.</summary>
    internal static readonly TimeSpan Patient = TimeSpan.FromMilliseconds(200);

    /// <summary>The kernel's default.</summary>
    internal static readonly TimeSpan Exact = TimeSpan.FromMicroseconds(50);

    private const int SetTimerSlack = 29;

    /// <summary>
    /// Sets the caller's slack, which threads that it starts from now on inherit. A kernel that refuses keeps its default, which only costs
    /// a little.
    /// </summary>
    internal static void Set(TimeSpan slack) => _ = NativeMethods.ProcessControl(SetTimerSlack, (nuint)slack.TotalNanoseconds);
}
