using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

public class ReplicatedPoolTests
{
    [Fact]
    public async Task Writes_reach_every_server_and_reads_follow_the_weights_without_moving_a_key()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address, b.Address) with { Kind = PoolKind.Replicated });
        using TextClient client = proxy.Client("main");
        using var directA = new TextClient(a.Port);
        using var directB = new TextClient(b.Port);
        for (int i = 0; i < 50; i++)
        {
            (await client.SetAsync($"k{i}", $"v{i}")).ShouldBe("STORED");
            (await directA.GetAsync($"k{i}")).ShouldBe($"v{i}");
            (await directB.GetAsync($"k{i}")).ShouldBe($"v{i}");
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [p.Nodes[0] with { Weight = 80 }, p.Nodes[1] with { Weight = 20 }] });
        long before = await GetsAsync(directB);
        for (int i = 0; i < 1_000; i++)
        {
            (await client.GetAsync($"k{i % 50}")).ShouldBe($"v{i % 50}");
        }

        (await GetsAsync(directB) - before).ShouldBeInRange(120, 280, "a fifth of the reads");
        (await client.AskAsync("delete k1")).ShouldBe("DELETED");
        (await directA.GetAsync("k1")).ShouldBeNull();
        (await directB.GetAsync("k1")).ShouldBeNull();
        (await client.AskAsync("incr k2 1"))!.ShouldStartWith("CLIENT_ERROR");
    }

    [Fact]
    public async Task A_conditional_write_is_decided_by_one_server_and_read_alike_everywhere()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2, RulesProxy.Pool("main", a.Address, b.Address, c.Address) with { Kind = PoolKind.Replicated });
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 40; i++)
        {
            (await client.AskAsync($"add k{i} 0 0 1\r\n1")).ShouldBe("STORED");
            (await client.AskAsync($"add k{i} 0 0 1\r\n2")).ShouldBe("NOT_STORED");
            for (int read = 0; read < 5; read++)
            {
                (await client.GetAsync($"k{i}")).ShouldBe("1");
            }

            string? line = await client.AskAsync($"gets k{i}");
            string unique = line!.Split(' ')[^1];
            await client.LineAsync();
            (await client.LineAsync()).ShouldBe("END");
            (await client.AskAsync($"cas k{i} 0 0 1 {unique}\r\n3")).ShouldBe("STORED");
            (await client.AskAsync($"cas k{i} 0 0 1 {unique}\r\n4")).ShouldBe("EXISTS");
            for (int read = 0; read < 5; read++)
            {
                (await client.GetAsync($"k{i}")).ShouldBe("3");
            }
        }

        proxy.Counts("main").Filled.ShouldBe(0, "what was written a moment ago is read through, not filled in");
        proxy.Counts("main").Found.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_replica_that_missed_writes_is_emptied_before_it_is_read_again()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        int port = MemcachedServer.FreePort();
        using var gate = new Gate(port);
        using MemcachedServer b = await MemcachedServer.StartAsync();
        gate.Open(b.Port);
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address, $"127.0.0.1:{port}") with { Kind = PoolKind.Replicated });
        using TextClient client = proxy.Client("main");
        (await client.SetAsync("k", "old")).ShouldBe("STORED");
        gate.Close();
        await Until.TrueAsync(
            async () => (await proxy.Host.Engine.StatusAsync()).Any(n => !n.Connected), "the replica is lost with what it holds");
        (await client.SetAsync("k", "new")).ShouldBe("STORED");
        gate.Open(b.Port);
        await Until.TrueAsync(async () => (await proxy.Host.Engine.StatusAsync()).All(n => n.Connected), "the replica is back");
        for (int i = 0; i < 100; i++)
        {
            (await client.GetAsync("k")).ShouldBe("new");
        }
    }

    private static async Task<long> GetsAsync(TextClient client)
    {
        await client.SendAsync("stats\r\n");
        long value = -1;
        for (string? line = await client.LineAsync(); line != "END"; line = await client.LineAsync())
        {
            string[] words = line!.Split(' ');
            value = words[1] == "cmd_get" ? long.Parse(words[2]) : value;
        }

        return value;
    }
}
