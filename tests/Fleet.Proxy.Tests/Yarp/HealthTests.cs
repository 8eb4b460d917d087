using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;
using Fleet.Proxy.Yarp;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Tests.Yarp;

public class HealthTests
{
    [Theory]
    [InlineData(50, 1, 1)]
    [InlineData(50, 2, 2)]
    [InlineData(50, 4, 2)]
    [InlineData(0, 3, 0)]
    [InlineData(100, 4, 4)]
    [InlineData(30, 4, 1)]
    public void Never_more_than_the_share_is_ejected(int percent, int ill, int ejected)
    {
        DestinationState[] all = [.. Enumerable.Range(0, 4).Select(i => new DestinationState($"n{i}"))];
        for (int i = 0; i < ill; i++)
        {
            all[i].Health.Passive = i % 2 == 0 ? DestinationHealth.Unhealthy : DestinationHealth.Unknown;
            all[i].Health.Active = i % 2 == 0 ? DestinationHealth.Healthy : DestinationHealth.Unhealthy;
        }

        var config = new ClusterConfig { Metadata = new Dictionary<string, string> { [CappedEjection.CapKey] = $"{percent}" } };
        new CappedEjection().GetAvailalableDestinations(config, all).Count.ShouldBe(all.Length - ejected);
    }

    [Fact]
    public async Task A_server_that_drops_its_requests_is_ejected_and_the_last_one_never()
    {
        using MemcachedServer good = await MemcachedServer.StartAsync();
        using var ill = new FakeNode(_ => Task.FromResult<string?>(null));
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", good.Address, ill.Address) with { Kind = PoolKind.Replicated });
        using TextClient client = proxy.Client("main");
        for (int i = 0; i < 20; i++)
        {
            await client.AskAsync("touch k 0");
        }

        await Until.TrueAsync(() => Standing(proxy, "n1").Ejected, "the server is ejected");
        (await client.SetAsync("k", "v")).ShouldBe("STORED");
        for (int i = 0; i < 200; i++)
        {
            (await client.GetAsync("k")).ShouldBe("v");
        }

        good.Kill();
        await Until.TrueAsync(
            async () => (await proxy.Host.Engine.StatusAsync()).All(n => !n.Connected || n.NodeId == "n1"), "the other one is dead too");
        PoolSnapshot now = proxy.Host.Pools.Published("main")!.Current;
        now.Standings.Count(s => s.Ejected).ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public async Task A_joining_replica_starts_slowly()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(1, RulesProxy.Pool("main", a.Address) with
        {
            Kind = PoolKind.Replicated, Health = new HealthRule { SlowStartSeconds = 2 },
        });
        Standing(proxy, "n0").Ramp.ShouldBe(1, "the servers that a pool begins with share alike");
        await proxy.ChangeAsync("main", p => p with { Nodes = [.. p.Nodes, new RouteNode("n1", b.Address, 100)] });
        double ramp = Standing(proxy, "n1").Ramp;
        ramp.ShouldBeLessThan(0.6);
        await Until.TrueAsync(() => Standing(proxy, "n1").Ramp > ramp, "the share rises");
        await Until.TrueAsync(() => Standing(proxy, "n1").Ramp == 1, "the share is full");
    }

    [Fact]
    public async Task One_prober_asks_for_all_loops()
    {
        int probes = 0;
        using var node = new FakeNode(line =>
        {
            Interlocked.Add(ref probes, line == "version" ? 1 : 0);
            return Task.FromResult<string?>("VERSION 1.6.18\r\n");
        });
        long started = TimeProvider.System.GetTimestamp();
        await using RulesProxy proxy = await RulesProxy.StartAsync(8, RulesProxy.Pool("main", node.Address));
        await Until.TrueAsync(() => Volatile.Read(ref probes) >= 4, "the node is probed again and again");

        // A machine that is late makes probes fewer, never more; eight probers would be far beyond.
        int seen = Volatile.Read(ref probes);
        double intervals = TimeProvider.System.GetElapsedTime(started) / TimeSpan.FromMilliseconds(200);
        ((double)seen).ShouldBeLessThanOrEqualTo(intervals + 1);
    }

    private static NodeStanding Standing(RulesProxy proxy, string node)
    {
        PoolSnapshot now = proxy.Host.Pools.Published("main")!.Current;
        int index = Enumerable.Range(0, now.Targets.Length).First(i => now.Targets[i].NodeId == node);
        return now.Standing(index);
    }
}
