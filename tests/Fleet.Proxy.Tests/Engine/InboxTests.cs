using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Tests.Engine;

public class InboxTests
{
    [Fact]
    public void What_was_added_runs_once_in_its_order_and_what_is_added_meanwhile_waits()
    {
        var inbox = new Inbox();
        List<int> ran = [];
        inbox.Add(() => ran.Add(1));
        inbox.Add(() =>
        {
            ran.Add(2);
            inbox.Add(() => ran.Add(4));
        });
        inbox.Add(() => ran.Add(3));
        inbox.RunAll();
        ran.ShouldBe([1, 2, 3]);
        inbox.RunAll();
        inbox.RunAll();
        ran.ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Many_threads_lose_nothing_and_keep_each_its_own_order()
    {
        const int Threads = 8;
        const int Each = 20_000;
        var inbox = new Inbox();
        var last = new int[Threads];
        int disordered = 0;
        Task[] adding = [.. Enumerable.Range(0, Threads).Select(t => Task.Run(() =>
        {
            for (int i = 1; i <= Each; i++)
            {
                int number = i;
                inbox.Add(() =>
                {
                    disordered += number == last[t] + 1 ? 0 : 1;
                    last[t] = number;
                });
            }
        }))];
        Task all = Task.WhenAll(adding);
        while (!all.IsCompleted)
        {
            inbox.RunAll();
        }

        await all;
        inbox.RunAll();
        disordered.ShouldBe(0);
        last.ShouldAllBe(n => n == Each);
    }
}
