using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Tests.Host;

public class TimerSlackTests
{
    [Fact]
    public void AThreadSleepsAsItSaysAndSoDoThoseThatItStarts()
    {
        (long Own, long Child, long Other) seen = default;
        OnThread(() =>
        {
            TimerSlack.Set(TimerSlack.Patient);
            seen.Own = SlackNs();
            OnThread(() => seen.Child = SlackNs());
            OnThread(() =>
            {
                TimerSlack.Set(TimerSlack.Exact);
                seen.Other = SlackNs();
            });
        });
        seen.ShouldBe((200_000_000, 200_000_000, 50_000));
    }

    private static void OnThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    private static long SlackNs()
    {
        // The file is one of processes; a thread's number names it as well.
        string thread = Path.GetFileName(File.ResolveLinkTarget("/proc/thread-self", returnFinalTarget: false)!.FullName);
        return long.Parse(File.ReadAllText($"/proc/{thread}/timerslack_ns"), System.Globalization.CultureInfo.InvariantCulture);
    }
}
