using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Control;

public class ReconfigurationTests
{
    [Fact]
    public async Task A_hundred_changes_under_load_fail_no_request_and_drop_no_client()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(a, b, c);
        PoolDefinition pool = proxy.Pools.Pools.Single();
        RouteNode[] all = [.. pool.Nodes];
        var load = new Load(proxy.Listening["default"].Port, clients: 16);
        await Until.TrueAsync(() => load.Done > 500, "the load runs");
        var random = new Random(7);
        for (ulong revision = 1; revision <= 100; revision++)
        {
            RouteNode[] some = [.. all.Where(_ => random.Next(3) > 0).Select(n => n with { Weight = random.Next(0, 100) })];
            RouteNode[] nodes = some.Any(n => n.Weight > 0) ? some : all;
            PoolDefinition served = await proxy.Pools.ConfigureAsync(
                pool with { Nodes = [.. nodes], Revision = revision }, revision, TestContext.Current.CancellationToken);
            served.Revision.ShouldBe(revision);
            long before = load.Done;
            await Until.TrueAsync(() => load.Done > before + 20, "the load goes on");
        }

        // Stopping checks every client: a reply that was no value of its key, an error or a lost connection throws there.
        await load.StopAsync();
        load.Failed.ShouldBe(0);
    }

    [Fact]
    public async Task A_removed_node_answers_what_is_in_flight_before_its_connection_closes()
    {
        var asked = new TaskCompletionSource();
        var answer = new TaskCompletionSource<string?>();
        var closed = new TaskCompletionSource();
        using var slow = new FakeNode(line =>
        {
            asked.TrySetResult();
            return answer.Task;
        });
        using MemcachedServer other = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(TestProxy.Options([slow.Address]) with { Loops = 1 });
        using var client = new TextClient(proxy);
        await client.SendAsync("get a\r\n");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);

        PoolDefinition pool = proxy.Pools.Pools.Single();
        await proxy.Pools.ConfigureAsync(
            pool with { Nodes = [new RouteNode("other", other.Address, 100)] }, 1, TestContext.Current.CancellationToken);
        using var second = new TextClient(proxy);
        (await second.SetAsync("a", "new")).ShouldBe("STORED");

        answer.SetResult("VA 3 ka f0\r\nold\r\n");
        (await client.LineAsync()).ShouldBe("VALUE a 0 3");
        (await client.LineAsync()).ShouldBe("old");
        (await client.LineAsync()).ShouldBe("END");
        (await client.GetAsync("a")).ShouldBe("new");
        await Until.TrueAsync(
            async () => (await proxy.Engine.StatusAsync()).All(n => n.NodeId == "other"), "the removed node's connection is closed");
    }

    [Fact]
    public async Task A_removed_pool_stops_listening_and_its_clients_leave_after_their_last_reply()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(server);
        using var client = new TextClient(proxy);
        (await client.SetAsync("a", "1")).ShouldBe("STORED");
        int port = proxy.Listening["default"].Port;
        (await proxy.Pools.RemoveAsync("default", 1, TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await client.RestAsync()).ShouldBe("");
        Should.Throw<System.Net.Sockets.SocketException>(() => new TextClient(port));
        (await proxy.Pools.RemoveAsync("default", 1, TestContext.Current.CancellationToken)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_refused_change_leaves_everything_as_it_was()
    {
        using MemcachedServer server = await MemcachedServer.StartAsync();
        await using ProxyHost proxy = await TestProxy.StartAsync(server);
        PoolDefinition pool = proxy.Pools.Pools.Single();
        PoolDefinition bad = pool with
        {
            Policy = "ketma",
            Nodes = [new RouteNode("a", "nonsense", 100), new RouteNode("a", "127.0.0.1:1", 2_000_000)],
        };
        PoolRefusedException refused = await Should.ThrowAsync<PoolRefusedException>(
            () => proxy.Pools.ConfigureAsync(bad, 5, TestContext.Current.CancellationToken));
        refused.Problems.Count.ShouldBe(4);
        refused.Message.ShouldContain("did you mean ketama?");
        refused.Message.ShouldContain("\"nonsense\" is not HOST:PORT");
        refused.Message.ShouldContain("2000000");
        refused.Message.ShouldContain("node id \"a\" occurs 2 times");
        proxy.Pools.Pools.Single().ShouldBe(pool);
        using var client = new TextClient(proxy);
        (await client.SetAsync("a", "1")).ShouldBe("STORED");
    }
}
