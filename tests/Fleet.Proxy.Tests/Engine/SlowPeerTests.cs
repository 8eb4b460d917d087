using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>A slow server and slow clients: everybody else is served meanwhile, and what waits is bounded.</summary>
public class SlowPeerTests(ITestOutputHelper output)
{
    private const int BigBytes = 100_000;

    /// <summary>4 MiB expected and waiting, and as much again for replies that came before their size was known.</summary>
    private const long MostPerClientBytes = 8 << 20;

    [Fact]
    public async Task While_a_server_is_silent_every_request_to_the_others_is_answered()
    {
        var release = new TaskCompletionSource();
        using var slow = new FakeNode(async line =>
        {
            await release.Task;
            return line.StartsWith("mg", StringComparison.Ordinal) ? "EN\r\n" : "VERSION 1.6.18\r\n";
        });
        using MemcachedServer fast = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", slow.Address, fast.Address) with { Health = new HealthRule { MaxEjectedPercent = 0 } });
        string[] its = [.. Keys(proxy, "n0").Take(20)];
        string[] others = [.. Keys(proxy, "n1").Take(20)];
        var waiting = new List<TextClient>();
        for (int i = 0; i < 20; i++)
        {
            TextClient client = proxy.Client("main");
            waiting.Add(client);
            await client.SendAsync(string.Concat(Enumerable.Repeat($"get {its[i]}\r\n", 50)));
        }

        using TextClient good = proxy.Client("main");
        for (int i = 0; i < 2_000; i++)
        {
            (await good.SetAsync(others[i % 20], $"v{i}")).ShouldBe("STORED");
            (await good.GetAsync(others[i % 20])).ShouldBe($"v{i}");
        }

        release.SetResult();
        foreach (TextClient client in waiting)
        {
            for (int i = 0; i < 50; i++)
            {
                string? line = await client.LineAsync();
                (line == "END" || line?.StartsWith("SERVER_ERROR ", StringComparison.Ordinal) == true).ShouldBeTrue(line);
            }

            client.Dispose();
        }
    }

    [Fact]
    public async Task Clients_that_never_read_are_fetched_no_more_than_they_may_keep_waiting()
    {
        const int Clients = 30;
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { Loops = 1 });
        using var good = new TextClient(proxy);
        (await good.SetAsync("big", new string('b', BigBytes))).ShouldBe("STORED");
        List<TextClient> greedy = await GreedyAsync(proxy, Clients);
        long most = 0;
        for (int i = 0; i < 2_000; i++)
        {
            (await good.SetAsync($"k{i % 20}", $"v{i}")).ShouldBe("STORED");
            (await good.GetAsync($"k{i % 20}")).ShouldBe($"v{i}");
            most = Math.Max(most, Waiting(proxy));
        }

        output.WriteLine($"{Clients} clients asked for {Clients * 200L * BigBytes >> 20} MiB; at most {most >> 20} MiB waited for them");
        most.ShouldBeInRange(1, Clients * MostPerClientBytes);
        Dropped(proxy).ShouldBe(0);

        // Who reads at last gets all of it.
        for (int i = 0; i < 200; i++)
        {
            (await greedy[0].LineAsync()).ShouldBe($"VALUE big 0 {BigBytes}");
            (await greedy[0].BytesAsync(BigBytes + 7)).ShouldEndWith("b\r\nEND\r\n");
        }

        greedy.ForEach(c => c.Dispose());
        await Until.TrueAsync(() => proxy.Engine.Connections == 1, "they are gone");
        Waiting(proxy).ShouldBe(0);
    }

    [Fact]
    public async Task Together_they_are_bounded_by_dropping_who_waits_for_most()
    {
        const int Bound = 8 << 20;
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address]) with { Loops = 1, ReplyMemoryBytes = Bound });
        using var good = new TextClient(proxy);
        (await good.SetAsync("big", new string('b', BigBytes))).ShouldBe("STORED");
        List<TextClient> greedy = await GreedyAsync(proxy, 30);
        await Until.TrueAsync(() => Dropped(proxy) > 0, "one is dropped");
        for (int i = 0; i < 1_000; i++)
        {
            (await good.GetAsync("big"))!.Length.ShouldBe(BigBytes);
            Waiting(proxy).ShouldBeLessThan(Bound + MostPerClientBytes);
        }

        long dropped = Dropped(proxy);
        proxy.Engine.Connections.ShouldBe(31 - (int)dropped);
        greedy.ForEach(c => c.Dispose());
    }

    private static async Task<List<TextClient>> GreedyAsync(ProxyHost proxy, int count)
    {
        var greedy = new List<TextClient>();
        for (int i = 0; i < count; i++)
        {
            var client = new TextClient(proxy);
            greedy.Add(client);
            await client.SendAsync(string.Concat(Enumerable.Repeat("get big\r\n", 200)));
        }

        return greedy;
    }

    private static long Waiting(ProxyHost proxy) => proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.ReplyBytesWaiting));

    private static long Dropped(ProxyHost proxy) => proxy.Engine.Counters.Sum(c => Volatile.Read(ref c.ClientsDropped));

    private static IEnumerable<string> Keys(RulesProxy proxy, string owner) =>
        Enumerable.Range(0, 10_000).Select(i => $"k{i}").Where(k => proxy.Owner("main", k) == owner);
}
