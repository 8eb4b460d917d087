using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class StatsTests
{
    [Fact]
    public async Task Statistics_count_what_was_asked_per_proxy_pool_node_and_loop_until_reset()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var client = new TextClient(proxy);
        for (int i = 0; i < 40; i++)
        {
            (await client.SetAsync($"k{i}", "v")).ShouldBe("STORED");
            (await client.GetAsync($"k{i}")).ShouldBe("v");
            (await client.GetAsync($"none{i}")).ShouldBeNull();
        }

        Dictionary<string, string> own = await StatsAsync(client, "stats");
        own["cmd_get"].ShouldBe("80");
        own["cmd_set"].ShouldBe("40");
        own["get_hits"].ShouldBe("40");
        own["get_misses"].ShouldBe("40");
        own["version"].ShouldBe(Replies.VersionText);

        Dictionary<string, string> pool = await StatsAsync(client, "stats pool");
        pool["nodes"].ShouldBe("2");
        pool["nodes_connected"].ShouldBe("2");
        pool["requests"].ShouldBe("120");
        double.Parse(pool["p99_us"]).ShouldBeGreaterThan(0);

        Dictionary<string, string> nodes = await StatsAsync(client, "stats nodes");
        nodes["n0:address"].ShouldBe(a.Address);
        (int.Parse(nodes["n0:requests"]) + int.Parse(nodes["n1:requests"])).ShouldBe(120);

        Dictionary<string, string> detail = await StatsAsync(client, "stats detail");
        detail.Where(d => d.Key.EndsWith(":requests", StringComparison.Ordinal)).Sum(d => int.Parse(d.Value)).ShouldBe(120);
        detail["n0:0:connected"].ShouldBe("yes");
        (await StatsAsync(client, "stats settings"))["item_size_max"].ShouldBe("1048576");

        (await client.AskAsync("stats reset")).ShouldBe("RESET");
        (await StatsAsync(client, "stats pool"))["requests"].ShouldBe("0");
        (await StatsAsync(client, "stats"))["cmd_get"].ShouldBe("0");
    }

    [Fact]
    public async Task Statistics_keep_their_place_in_the_order_of_replies()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a);
        using var client = new TextClient(proxy);
        await client.SendAsync("set k 0 0 1\r\nv\r\nstats nodes\r\nget k\r\nstats reset\r\nmn\r\n");
        (await client.LineAsync()).ShouldBe("STORED");
        string? line = await client.LineAsync();
        while (line!.StartsWith("STAT ", StringComparison.Ordinal))
        {
            line = await client.LineAsync();
        }

        line.ShouldBe("END");
        (await client.LineAsync()).ShouldBe("VALUE k 0 1");
        (await client.LineAsync()).ShouldBe("v");
        (await client.LineAsync()).ShouldBe("END");
        (await client.LineAsync()).ShouldBe("RESET");
        (await client.LineAsync()).ShouldBe("MN");
    }

    [Fact]
    public async Task Binary_clients_get_one_packet_per_figure()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a);
        using var client = new TextClient(proxy);
        await client.SendAsync(BinaryWire.Ask(BinaryOpcode.Stat, "pool") + BinaryWire.Ask(BinaryOpcode.Quit));
        string replies = await client.RestAsync();
        replies.ShouldContain(BinaryWire.Told(BinaryOpcode.Stat, key: "pool", value: "default"));
        replies.ShouldEndWith(BinaryWire.Told(BinaryOpcode.Stat) + BinaryWire.Told(BinaryOpcode.Quit));
    }

    [Fact]
    public async Task Auto_discovery_tells_the_advertised_proxies_or_the_address_that_was_dialled()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        await using ProxyHost plain = await TestProxy.StartAsync(a);
        string own = $"127.0.0.1|127.0.0.1|{plain.Listening["default"].Port}";
        (await ClusterAsync(plain)).ShouldBe(own);
        await using ProxyHost told = await TestProxy.StartAsync(
            TestProxy.Options([a.Address]) with { Advertise = ["10.0.0.1:11211", "cache.example:11212"] });
        (await ClusterAsync(told)).ShouldBe("10.0.0.1|10.0.0.1|11211 cache.example||11212");
    }

    private static async Task<string> ClusterAsync(ProxyHost proxy)
    {
        using var client = new TextClient(proxy);
        string[] words = (await client.AskAsync("config get cluster"))!.Split(' ');
        words[..3].ShouldBe(["CONFIG", "cluster", "0"]);
        string body = await client.BytesAsync(int.Parse(words[3]));
        (await client.BytesAsync(7)).ShouldBe("\r\nEND\r\n");
        string[] lines = body.Split('\n');
        long.Parse(lines[0]).ShouldBeGreaterThan(0);
        lines[2].ShouldBe("");
        return lines[1];
    }

    private static async Task<Dictionary<string, string>> StatsAsync(TextClient client, string command)
    {
        var stats = new Dictionary<string, string>();
        for (string? line = await client.AskAsync(command); line != "END"; line = await client.LineAsync())
        {
            string[] words = line!.Split(' ', 3);
            words[0].ShouldBe("STAT", line);
            stats.Add(words[1], words[2]);
        }

        return stats;
    }
}
