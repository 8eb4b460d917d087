using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

public class PrefixAndFailoverTests
{
    [Fact]
    public async Task The_longest_prefix_leads_to_its_pool_also_within_one_get()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2,
            RulesProxy.Pool("main", a.Address) with { Prefixes = [new PrefixRule("user:", "users"), new PrefixRule("user:vip:", "vips")] },
            RulesProxy.Pool("users", b.Address) with { Listen = "" },
            RulesProxy.Pool("vips", c.Address) with { Listen = "" });
        using TextClient client = proxy.Client("main");
        foreach (string key in new[] { "plain", "user:1", "user:vip:1" })
        {
            (await client.SetAsync(key, key)).ShouldBe("STORED");
        }

        using var directA = new TextClient(a.Port);
        using var directB = new TextClient(b.Port);
        using var directC = new TextClient(c.Port);
        (await directA.GetAsync("plain")).ShouldBe("plain");
        (await directA.GetAsync("user:1")).ShouldBeNull();
        (await directB.GetAsync("user:1")).ShouldBe("user:1");
        (await directC.GetAsync("user:vip:1")).ShouldBe("user:vip:1");
        await client.SendAsync("get user:vip:1 plain nothing user:1\r\n");
        foreach (string key in new[] { "user:vip:1", "plain", "user:1" })
        {
            (await client.LineAsync()).ShouldBe($"VALUE {key} 0 {key.Length}");
            (await client.LineAsync()).ShouldBe(key);
        }

        (await client.LineAsync()).ShouldBe("END");
    }

    [Fact]
    public async Task Keys_with_one_hash_tag_share_a_node()
    {
        MemcachedServer[] servers = [await MemcachedServer.StartAsync(), await MemcachedServer.StartAsync(), await MemcachedServer.StartAsync()];
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", [.. servers.Select(s => s.Address)]) with { HashTag = "{}" });
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 30; i++)
        {
            (await client.SetAsync($"{{user7}}:{i}", "v")).ShouldBe("STORED");
        }

        var held = new List<int>();
        foreach (MemcachedServer server in servers)
        {
            using var direct = new TextClient(server.Port);
            int count = 0;
            for (int i = 0; i < 30; i++)
            {
                count += await direct.GetAsync($"{{user7}}:{i}") is null ? 0 : 1;
            }

            held.Add(count);
            server.Dispose();
        }

        held.Order().ShouldBe([0, 0, 30]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_servers_keys_are_served_by_the_stand_in_with_a_bounded_life_and_heal(bool gutter)
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer g = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1,
            RulesProxy.Pool("main", a.Address, b.Address) with { Failover = new FailoverRule(gutter ? "gutter" : null, 30) },
            RulesProxy.Pool("gutter", g.Address) with { Listen = "" });
        string key = Enumerable.Range(0, 100).Select(i => $"k{i}").First(k => proxy.Owner("main", k) == "n1");
        using TextClient client = proxy.Client("main");
        (await client.SetAsync(key, "before")).ShouldBe("STORED");
        b.Kill();
        await Until.TrueAsync(async () => await client.SetAsync(key, "during") == "STORED", "the stand-in takes over");
        (await client.GetAsync(key)).ShouldBe("during");
        using (var standIn = new TextClient(gutter ? g.Port : a.Port))
        {
            (await standIn.AskAsync($"mg {key} t"))!.ShouldStartWith("HD t");
            string ttl = (await standIn.AskAsync($"mg {key} t"))!["HD t".Length..];
            int.Parse(ttl).ShouldBeInRange(20, 30, "what stands in must not last");
        }

        proxy.Counts("main").FailedOver.ShouldBeGreaterThan(1);
        using MemcachedServer again = await MemcachedServer.StartAsync(b.Port);
        await Until.TrueAsync(async () => await client.GetAsync(key) is null, "the owner is asked again, and it is empty");
        (await client.SetAsync(key, "after")).ShouldBe("STORED");
        using var owner = new TextClient(again.Port);
        (await owner.GetAsync(key)).ShouldBe("after");
    }

    [Fact]
    public async Task Killing_a_server_under_load_loses_only_what_was_in_flight_to_it()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2, RulesProxy.Pool("main", a.Address, b.Address) with { Failover = new FailoverRule(null, 5) });
        const int Clients = 16;
        var load = new Load(proxy.Port("main"), Clients, line => line.StartsWith("SERVER_ERROR", StringComparison.Ordinal));
        await Until.TrueAsync(() => load.Done > 2_000, "the load runs");
        load.Failed.ShouldBe(0);
        b.Kill();
        long before = load.Done;
        await Until.TrueAsync(() => load.Done > before + 4_000, "the load goes on");

        // Each client has one request at a time, so no more than one each can have been on its way to the dead server.
        load.Failed.ShouldBeLessThanOrEqualTo(Clients);
        long lost = load.Failed;
        using MemcachedServer again = await MemcachedServer.StartAsync(b.Port);
        await Until.TrueAsync(
            async () => (await proxy.Host.Engine.StatusAsync()).All(n => n.Connected), "every loop has found the server again");

        // Found again is not yet healthy again: that takes a probe.
        using var direct = new TextClient(again.Port);
        await Until.TrueAsync(async () => await SetsAsync(direct) > 0, "the server takes requests again");
        before = load.Done;
        await Until.TrueAsync(() => load.Done > before + 2_000, "the load goes on");
        load.Failed.ShouldBe(lost, "re-adding it fails nothing");
        await load.StopAsync();
    }

    private static async Task<int> SetsAsync(TextClient client)
    {
        await client.SendAsync("stats\r\n");
        int value = -1;
        for (string? line = await client.LineAsync(); line != "END"; line = await client.LineAsync())
        {
            string[] words = line!.Split(' ');
            value = words[1] == "cmd_set" ? int.Parse(words[2]) : value;
        }

        return value;
    }
}
