using System.Net.Sockets;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Tunnels;

public class TunnelPoolTests
{
    [Fact]
    public async Task Bytes_pass_unread_both_ways_and_each_way_ends_by_itself()
    {
        using var server = new EchoServer("a");
        await using RulesProxy proxy = await StartAsync(server);
        using TextClient client = proxy.Client("tcp");
        (await client.LineAsync()).ShouldBe("a");
        string block = string.Concat(Enumerable.Range(0, 400_000).Select(i => (char)('\0' + (i % 255))));
        Task sending = client.SendAsync(block);
        (await client.BytesAsync(100_000)).ShouldBe(block[..100_000]);
        (await client.BytesAsync(200_000)).ShouldBe(block[100_000..300_000]);
        (await client.BytesAsync(100_000)).ShouldBe(block[300_000..]);
        await sending;
        client.Socket.Shutdown(SocketShutdown.Send);
        (await client.RestAsync()).ShouldBe("", "the server ended its half after ours");
        await Until.TrueAsync(() => proxy.Host.Engine.Connections == 0, "nothing is left of the tunnel");
    }

    [Fact]
    public async Task New_connections_follow_the_weights_and_open_ones_stay_where_they_are()
    {
        using var a = new EchoServer("a");
        using var b = new EchoServer("b");
        await using RulesProxy proxy = await StartAsync(a, b);
        await proxy.ChangeAsync("tcp", p => p with { Nodes = [p.Nodes[0] with { Weight = 90 }, p.Nodes[1] with { Weight = 10 }] });
        TextClient[] clients = [.. Enumerable.Range(0, 200).Select(_ => proxy.Client("tcp"))];
        int toB = 0;
        foreach (TextClient client in clients)
        {
            toB += await client.LineAsync() == "b" ? 1 : 0;
        }

        toB.ShouldBeInRange(4, 45);
        await proxy.ChangeAsync("tcp", p => p with { Nodes = [p.Nodes[0] with { Weight = 0 }, p.Nodes[1]] });
        foreach (TextClient client in clients)
        {
            (await client.AskAsync("still here")).ShouldBe("still here");
            client.Dispose();
        }

        for (int i = 0; i < 20; i++)
        {
            using TextClient client = proxy.Client("tcp");
            (await client.LineAsync()).ShouldBe("b", "weight 0 takes no new connection");
        }
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_passed_over_and_then_ejected()
    {
        using var a = new EchoServer("a");
        var b = new EchoServer("b");
        await using RulesProxy proxy = await StartAsync(a, b);
        b.Dispose();
        for (int i = 0; i < 30; i++)
        {
            using TextClient client = proxy.Client("tcp");
            (await client.LineAsync()).ShouldBe("a");
        }

        await Until.TrueAsync(
            () => proxy.Host.Pools.Published("tcp")!.Current.Standings.Any(s => s.Ejected), "the dead server is ejected");
    }

    [Fact]
    public async Task Each_server_s_connections_and_bytes_are_counted()
    {
        using var a = new EchoServer("a");
        var b = new EchoServer("b");
        await using RulesProxy proxy = await StartAsync(a, b);
        NodeTotals Of(string node) => proxy.Totals("tcp", node);
        int toA = 0;
        using (TextClient open = proxy.Client("tcp"))
        {
            toA += await open.LineAsync() == "a" ? 1 : 0;
            await Until.TrueAsync(() => Of("n0").InFlight + Of("n1").InFlight == 1, "the open tunnel is seen");
        }

        for (int i = 0; i < 19; i++)
        {
            using TextClient client = proxy.Client("tcp");
            toA += await client.LineAsync() == "a" ? 1 : 0;
            (await client.AskAsync("0123456789")).ShouldBe("0123456789");
        }

        await Until.TrueAsync(() => Of("n0").Requests + Of("n1").Requests == 20, "a slice has every connection");
        (Of("n0").Requests, Of("n0").Latency.Count, Of("n0").Errors).ShouldBe((toA, toA, 0));
        long sent = Of("n0").BytesToNode + Of("n1").BytesToNode;
        sent.ShouldBeInRange(19 * 10, 19 * 12, "what 19 clients sent");
        (Of("n0").BytesFromNode + Of("n1").BytesFromNode).ShouldBeGreaterThan(sent, "the names came on top");
        b.Dispose();
        await Until.TrueAsync(
            async () =>
            {
                using TextClient client = proxy.Client("tcp");
                (await client.LineAsync()).ShouldBe("a");
                return Of("n1").Errors > 0;
            },
            "a refused connection is an error");
    }

    [Fact]
    public async Task Connections_of_a_removed_server_have_a_while_to_end()
    {
        using var a = new EchoServer("a");
        using var b = new EchoServer("b");
        await using RulesProxy proxy = await StartAsync(a);
        await proxy.ChangeAsync("tcp", p => p with { Health = p.Health with { DrainSeconds = 1 } });
        using TextClient client = proxy.Client("tcp");
        (await client.LineAsync()).ShouldBe("a");
        await proxy.ChangeAsync("tcp", p => p with { Nodes = [new Fleet.Core.Routing.RouteNode("b", b.Address, 100)] });
        (await client.AskAsync("not cut yet")).ShouldBe("not cut yet");
        (await client.RestAsync()).ShouldBe("", "the time is over");
        using TextClient next = proxy.Client("tcp");
        (await next.LineAsync()).ShouldBe("b");
    }

    [Fact]
    public async Task A_side_that_does_not_read_stops_the_other_and_nobody_else()
    {
        using var a = new EchoServer("a");
        await using RulesProxy proxy = await StartAsync(a);
        using TextClient greedy = proxy.Client("tcp");
        Task sending = greedy.SendAsync(new string('x', 50_000_000));
        using TextClient good = proxy.Client("tcp");
        (await good.LineAsync()).ShouldBe("a");
        for (int i = 0; i < 100; i++)
        {
            (await good.AskAsync("ping")).ShouldBe("ping");
        }

        sending.IsCompleted.ShouldBeFalse("nobody takes the echo, so the sender is held back");
        greedy.Dispose();
        await Should.ThrowAsync<Exception>(() => sending);
    }

    private static Task<RulesProxy> StartAsync(params EchoServer[] servers) => RulesProxy.StartAsync(
        1, RulesProxy.Pool("tcp", [.. servers.Select(s => s.Address)]) with { Kind = PoolKind.L4 });
}
