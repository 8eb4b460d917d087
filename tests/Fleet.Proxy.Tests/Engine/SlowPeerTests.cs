using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;
using Fleet.Proxy.Tests.Transfers;

namespace Fleet.Proxy.Tests.Engine;

/// <summary>A slow server and slow clients: everybody else is served meanwhile, and what waits is bounded.</summary>
[Collection(AloneCollection.Name)]
public class SlowPeerTests(ITestOutputHelper output)
{
    private static readonly string[] Garbage =
        ["x", "get ", "\u0080", "set a 0 0 1000000\r\n", "\r\n", "get a\r\n", "set a 0 0 10\r\napp wrong1\r\n"];

    private const long MaxGrowthBytes = 160 << 20;

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

        // Under the request timeout of 5 s the silent server's connection would be given up: these must not need so long, or time out.
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
                (line == "END" || line == "SERVER_ERROR node timed out").ShouldBeTrue(line);
            }

            client.Dispose();
        }
    }

    [Fact]
    public async Task Clients_that_never_read_are_bounded_in_memory_and_every_other_request_is_answered()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { Loops = 1 });
        using var good = new TextClient(proxy);
        (await good.SetAsync("big", new string('b', 100_000))).ShouldBe("STORED");
        long before = ResidentMemory.Mark();
        var greedy = new List<TextClient>();
        for (int i = 0; i < 30; i++)
        {
            var client = new TextClient(proxy);
            greedy.Add(client);
            await client.SendAsync(string.Concat(Enumerable.Repeat("get big\r\n", 200)));
        }

        for (int i = 0; i < 2_000; i++)
        {
            (await good.SetAsync($"k{i % 20}", $"v{i}")).ShouldBe("STORED");
            (await good.GetAsync($"k{i % 20}")).ShouldBe($"v{i}");
        }

        long growth = ResidentMemory.Most() - before;
        output.WriteLine($"30 clients that asked for {30 * 200 * 100_000L >> 20} MiB: resident memory grew by {growth >> 20} MiB at most");
        growth.ShouldBeLessThan(30 * 200 * 100_000L / 2);
        greedy.ForEach(c => c.Dispose());
        await Until.TrueAsync(() => proxy.Engine.Connections == 1, "they are gone");
    }

    [Fact]
    public async Task Garbage_without_an_end_grows_nothing()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        using var users = new UsersFile("app:secret");
        await using ProxyHost open = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { Loops = 1 });
        await using ProxyHost closed = await TestProxy.StartAsync(TestProxy.Options([server.Address]) with { Loops = 1, UsersFile = users.Path });
        long before = ResidentMemory.Mark();
        foreach (ProxyHost proxy in new[] { open, closed })
        {
            foreach (string garbage in Garbage)
            {
                using var client = new TextClient(proxy);
                string piece = string.Concat(Enumerable.Repeat(garbage, 64 * 1024 / garbage.Length));
                Task<string> told = client.RestAsync();
                try
                {
                    for (int sent = 0; sent < 32; sent++)
                    {
                        await client.SendAsync(piece);
                    }

                    client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
                }
                catch (System.Net.Sockets.SocketException)
                {
                    // Closed by the proxy, as a line without end is.
                }

                (await told).Length.ShouldBeLessThan(40 << 20);
            }

            using var good = new TextClient(proxy);
            (await good.AskAsync("set a 0 0 10\r\napp secret")).ShouldBe("STORED");
        }

        long growth = ResidentMemory.Most() - before;
        output.WriteLine($"resident memory grew by {growth >> 20} MiB at most");
        growth.ShouldBeLessThan(MaxGrowthBytes);
    }

    private static IEnumerable<string> Keys(RulesProxy proxy, string owner) =>
        Enumerable.Range(0, 10_000).Select(i => $"k{i}").Where(k => proxy.Owner("main", k) == owner);
}
