using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Engine;

public class NodeFailureTests
{
    [Fact]
    public async Task A_killed_server_loses_only_its_own_keys_and_comes_back()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        MemcachedServer b = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b);
        int port = proxy.Listening["default"].Port;
        var load = new Load(port, clients: 16, tolerate: line => line.StartsWith("SERVER_ERROR", StringComparison.Ordinal));
        await Until.TrueAsync(() => load.Done > 2_000, "the load runs");
        load.Failed.ShouldBe(0);

        b.Kill();
        await Until.TrueAsync(() => load.Failed > 100, "requests to the dead server fail");
        long before = load.Done;
        await Until.TrueAsync(() => load.Done > before + 2_000, "requests to the other server go on");
        (load.Failed / (double)load.Done).ShouldBeLessThan(0.9);

        using MemcachedServer again = await MemcachedServer.StartAsync(b.Port);
        b.Dispose();
        using var probe = new TextClient(port);
        await Until.TrueAsync(async () => (await AllStoredAsync(probe)), "the proxy finds the server again");
        await Until.TrueAsync(
            async () => (await proxy.Engine.StatusAsync()).All(n => n.Connected), "every loop has found the server again");
        long failed = load.Failed;
        before = load.Done;
        await Until.TrueAsync(() => load.Done > before + 2_000, "the load runs");
        load.Failed.ShouldBe(failed, "no request fails once both loops are connected again");
        await load.StopAsync();
    }

    [Fact]
    public async Task A_node_that_is_down_is_refused_at_once_and_the_stream_stays_in_order()
    {
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([$"127.0.0.1:{MemcachedServer.FreePort()}"]));
        using var client = new TextClient(proxy);
        await client.SendAsync("get a b\r\nset a 0 0 1\r\nx\r\nset a 0 0 1 noreply\r\nx\r\nversion\r\n");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
    }

    [Fact]
    public async Task A_silent_node_times_out_and_everything_in_flight_fails_in_order()
    {
        using var silent = new FakeNode(_ => Task.FromResult<string?>(""));
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([silent.Address]) with { RequestTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = new TextClient(proxy);
        await client.SendAsync("get a\r\nversion\r\nincr a 1\r\n");
        (await client.LineAsync()).ShouldBe("SERVER_ERROR node timed out");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
        (await client.LineAsync()).ShouldBe("SERVER_ERROR node timed out");
    }

    [Theory]
    [InlineData("garbage\r\n")]
    [InlineData("VA 99999999999 ka f0\r\n")]
    [InlineData("VA -1 ka f0\r\n")]
    [InlineData("VA\r\n")]
    [InlineData("VA 1\r\nx\r\n")]
    [InlineData("HD\r\n")]
    [InlineData("VA 1 ka f0\r\nxx\r\n")]
    [InlineData("STORED\r\n")]
    [InlineData("EN\r\nEN\r\n")]
    [InlineData("END\r\n")]
    [InlineData("\n")]
    public async Task After_a_malformed_reply_nothing_of_that_connection_reaches_anyone(string reply)
    {
        using var liar = new FakeNode(
            line => Task.FromResult<string?>(line.StartsWith("mg", StringComparison.Ordinal) ? reply : "STORED\r\n"));
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([liar.Address]) with { Loops = 1 });
        using var client = new TextClient(proxy);
        string? first = await client.AskAsync("get a");
        (first == "END" || first!.StartsWith("SERVER_ERROR", StringComparison.Ordinal)).ShouldBeTrue(first);
        using var other = new TextClient(proxy);
        await Until.TrueAsync(
            async () =>
            {
                string? line = await other.AskAsync("touch a 1");
                (line == "STORED" || line!.StartsWith("SERVER_ERROR", StringComparison.Ordinal)).ShouldBeTrue(line);
                return line == "STORED";
            },
            "the proxy has a new connection");
    }

    [Fact]
    public async Task A_node_that_refuses_a_store_line_is_not_trusted_with_what_follows()
    {
        using var confused = new FakeNode(
            line => Task.FromResult<string?>(line.StartsWith("set", StringComparison.Ordinal) ? "ERROR\r\n" : "POISON\r\n"));
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([confused.Address]) with { Loops = 1 });
        using var client = new TextClient(proxy);
        await client.SendAsync("set a 0 0 5\r\nhello\r\nget b\r\n");
        (await client.LineAsync()).ShouldBe("ERROR");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
    }

    [Fact]
    public async Task A_failed_part_ends_a_get_with_an_error_instead_of_END()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(
            TestProxy.Options([server.Address, $"127.0.0.1:{MemcachedServer.FreePort()}"]));
        using var client = new TextClient(proxy);
        await client.SendAsync($"get {string.Join(' ', Enumerable.Range(0, 50).Select(i => $"k{i}"))}\r\nversion\r\n");
        (await client.LineAsync())!.ShouldStartWith("SERVER_ERROR");
        (await client.LineAsync())!.ShouldStartWith("VERSION");
    }

    [Fact]
    public async Task Clients_that_leave_with_requests_in_flight_do_not_disturb_the_others()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(server);
        int port = proxy.Listening["default"].Port;
        var load = new Load(port, clients: 8);
        for (int i = 0; i < 300; i++)
        {
            using var leaver = new TextClient(port);
            await leaver.SendAsync(string.Concat(Enumerable.Repeat("set leaver 0 0 6\r\nleaver\r\nget leaver\r\n", 20)));
        }

        await Until.TrueAsync(() => load.Done > 2_000, "the load runs");
        await load.StopAsync();
    }

    private static async Task<bool> AllStoredAsync(TextClient client)
    {
        bool all = true;
        for (int i = 0; i < 40; i++)
        {
            all &= await client.SetAsync($"probe{i}", "x") == "STORED";
        }

        return all;
    }
}
