using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

public class ChurnTests
{
    [Theory]
    [InlineData(RoutingPolicies.Maglev)]
    [InlineData(RoutingPolicies.KetamaSteady)]
    public async Task A_hundred_changes_of_a_pool_with_every_rule_fail_no_request_and_mix_up_no_value(string policy)
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer c = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2,
            RulesProxy.Pool("main", a.Address, b.Address, c.Address) with
            {
                Policy = policy,
                Failover = new FailoverRule(null, 5),
                WarmUp = new WarmUpRule(60, 100),
                HotKeys = new HotKeyRule(2, 1, 1),
                Coalesce = true,
                Shadow = new ShadowRule("shadow", 10),
            },
            RulesProxy.Pool("shadow", c.Address) with { Listen = "" });
        RouteNode[] all = [.. proxy.Definition("main").Nodes];
        var load = new Load(proxy.Port("main"), clients: 16);
        await Until.TrueAsync(() => load.Done > 500, "the load runs");
        var random = new Random(11);
        for (int change = 0; change < 100; change++)
        {
            RouteNode[] some = [.. all.Where(_ => random.Next(3) > 0).Select(n => n with { Weight = random.Next(0, 100) })];
            await proxy.ChangeAsync("main", p => p with { Nodes = [.. some.Any(n => n.Weight > 0) ? some : all] });
            long before = load.Done;
            await Until.TrueAsync(() => load.Done > before + 20, "the load goes on");
        }

        // Stopping checks every client: a reply that was no value of its key, an error or a lost connection throws there.
        await load.StopAsync();
        load.Failed.ShouldBe(0);
        proxy.Counts("main").Filled.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Replicas_come_and_go_under_load_without_a_failed_request()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            2, RulesProxy.Pool("main", a.Address, b.Address) with { Kind = PoolKind.Replicated });
        RouteNode[] all = [.. proxy.Definition("main").Nodes];
        var load = new Load(proxy.Port("main"), clients: 8);
        for (int change = 0; change < 30; change++)
        {
            await proxy.ChangeAsync("main", p => p with { Nodes = change % 2 == 0 ? [all[change / 2 % 2]] : [.. all] });
            long before = load.Done;
            await Until.TrueAsync(() => load.Done > before + 20, "the load goes on");
        }

        await load.StopAsync();
        load.Failed.ShouldBe(0);
    }
}
