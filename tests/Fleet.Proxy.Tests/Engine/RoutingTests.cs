using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class RoutingTests
{
    [Fact]
    public async Task A_wide_get_over_three_nodes_comes_back_in_key_order_with_one_END()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b, c);
        using var client = new TextClient(proxy);
        const int Count = 3_000;
        await client.SendAsync(string.Concat(
            Enumerable.Range(0, Count).Select(i => $"set k{i} {i} 0 {$"v{i}".Length} noreply\r\nv{i}\r\n")));
        (await client.AskAsync("version"))!.ShouldStartWith("VERSION");

        await client.SendAsync($"get {string.Join(' ', Enumerable.Range(0, Count).Select(i => $"k{i} miss{i}"))}\r\nversion\r\n");
        for (int i = 0; i < Count; i++)
        {
            (await client.LineAsync()).ShouldBe($"VALUE k{i} {i} {$"v{i}".Length}");
            (await client.LineAsync()).ShouldBe($"v{i}");
        }

        (await client.LineAsync()).ShouldBe("END");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
        foreach (MemcachedServer server in new[] { a, b, c })
        {
            using var direct = new TextClient(server.Port);
            (await StatAsync(direct, "curr_items")).ShouldBeInRange(Count / 6, Count / 2, "each node holds about a third");
        }
    }

    [Fact]
    public async Task Pipelined_commands_to_different_nodes_are_answered_in_order()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        using var client = new TextClient(proxy);
        const int Count = 5_000;
        Task sending = client.SendAsync(string.Concat(
            Enumerable.Range(0, Count).Select(i => $"set p{i} 0 0 1\r\n{i % 10}\r\nincr p{i} 1\r\nfoo\r\nget p{i}\r\n")));
        for (int i = 0; i < Count; i++)
        {
            string next = $"{(i % 10) + 1}";
            (await client.LineAsync()).ShouldBe("STORED");
            (await client.LineAsync()).ShouldBe(next);
            (await client.LineAsync()).ShouldBe("ERROR");
            (await client.LineAsync()).ShouldBe($"VALUE p{i} 0 {next.Length}");
            (await client.LineAsync()).ShouldBe(next);
            (await client.LineAsync()).ShouldBe("END");
        }

        await sending;
    }

    [Fact]
    public async Task A_weight_of_0_takes_no_new_requests()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        ProxyOptions options = TestProxy.Options([]);
        await using ProxyHost proxy = await TestProxy.StartAsync(
            options with { Servers = [new ProxyServer("a", a.Address, 0), new ProxyServer("b", b.Address)] });
        using var client = new TextClient(proxy);
        for (int i = 0; i < 100; i++)
        {
            (await client.SetAsync($"k{i}", "v")).ShouldBe("STORED");
        }

        using var direct = new TextClient(a.Port);
        (await StatAsync(direct, "cmd_set")).ShouldBe(0);
    }

    [Fact]
    public async Task A_client_that_asks_without_reading_is_held_back_or_dropped_and_others_go_on()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(server);
        using var good = new TextClient(proxy);
        (await good.SetAsync("big", new string('b', 1_000_000))).ShouldBe("STORED");
        (await good.SetAsync("small", "s")).ShouldBe("STORED");

        using var greedy = new TextClient(proxy);
        await greedy.SendAsync(string.Concat(Enumerable.Repeat("get big\r\n", 200)));
        for (int i = 0; i < 200; i++)
        {
            (await good.GetAsync("small")).ShouldBe("s");
        }
    }

    private static async Task<int> StatAsync(TextClient client, string name)
    {
        await client.SendAsync("stats\r\n");
        int value = -1;
        for (string? line = await client.LineAsync(); line != "END"; line = await client.LineAsync())
        {
            string[] words = line!.Split(' ');
            value = words[1] == name ? int.Parse(words[2]) : value;
        }

        return value;
    }
}
