using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tests.Protocol;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Routes;

/// <summary>The rules of pools for clients that speak the binary protocol.</summary>
public class BinaryRulesTests
{
    [Fact]
    public async Task A_replicated_pool_writes_everywhere_and_decides_conditional_writes_once()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address, b.Address) with { Kind = PoolKind.Replicated });
        using var client = new BinarySpeaker(proxy.Port("main"));
        using var directA = new TextClient(a.Port);
        using var directB = new TextClient(b.Port);
        for (int i = 0; i < 30; i++)
        {
            (await client.SetAsync($"k{i}", $"v{i}")).ShouldBeNull();
            (await directA.GetAsync($"k{i}")).ShouldBe($"v{i}");
            (await directB.GetAsync($"k{i}")).ShouldBe($"v{i}");
            string extras = BinaryWire.Item();
            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Add, $"k{i}", extras, "x"))).Status.ShouldBe(BinaryStatus.Exists);
            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Add, $"a{i}", extras, "1"))).Status.ShouldBe(BinaryStatus.Ok);
            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Set, $"k{i}", extras, "x", unique: 999_999))).Status.ShouldBe(BinaryStatus.Exists);
            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Increment, $"a{i}", BinaryWire.Count(4, 0)))).Body.ShouldBe(BinaryWire.Number(5));
            for (int read = 0; read < 4; read++)
            {
                (await client.GetAsync($"k{i}")).ShouldBe($"v{i}");
                (await client.GetAsync($"a{i}")).ShouldBe("5");
            }

            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Delete, $"k{i}"))).Status.ShouldBe(BinaryStatus.Ok);
            (await directA.GetAsync($"k{i}")).ShouldBeNull();
            (await directB.GetAsync($"k{i}")).ShouldBeNull();
            (await client.GetAsync($"k{i}")).ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_joining_node_is_warmed_up_by_binary_reads_with_flags_and_remaining_life()
    {
        using MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1, RulesProxy.Pool("main", a.Address) with { WarmUp = new WarmUpRule(300, 0) });
        using var client = new BinarySpeaker(proxy.Port("main"));
        for (int i = 0; i < 200; i++)
        {
            string extras = BinaryWire.Item(flags: 77, expiry: 500);
            (await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Set, $"k{i}", extras, $"v{i}"))).Status.ShouldBe(BinaryStatus.Ok);
        }

        await proxy.ChangeAsync("main", p => p with { Nodes = [.. p.Nodes, new RouteNode("n1", b.Address, 100)] });
        for (int i = 0; i < 200; i++)
        {
            (await client.GetAsync($"k{i}")).ShouldBe($"v{i}");
            (BinaryOpcode _, BinaryStatus status, string body) = await client.AskAsync(BinaryWire.Ask(BinaryOpcode.Get, $"k{i}"));
            status.ShouldBe(BinaryStatus.Ok);
            body.ShouldBe(BinaryWire.Life(77) + $"v{i}");
        }

        using var direct = new TextClient(b.Port);
        string moved = Enumerable.Range(0, 200).Select(i => $"k{i}").First(k => proxy.Owner("main", k) == "n1");
        string? line = await direct.AskAsync($"mg {moved} f t");
        line!.ShouldMatch("^HD f77 t(49[0-9]|500)$");
        proxy.Counts("main").Filled.ShouldBeInRange(50, 150);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_servers_keys_are_served_by_the_stand_in_with_a_bounded_life(bool gutter)
    {
        MemcachedServer a = await MemcachedServer.StartAsync();
        using MemcachedServer b = await MemcachedServer.StartAsync();
        using MemcachedServer spare = await MemcachedServer.StartAsync();
        await using RulesProxy proxy = await RulesProxy.StartAsync(
            1,
            RulesProxy.Pool("main", a.Address, b.Address) with { Failover = new FailoverRule(gutter ? "gutter" : null, 7) },
            RulesProxy.Pool("gutter", spare.Address) with { Listen = "" });
        using var client = new BinarySpeaker(proxy.Port("main"));
        string key = Enumerable.Range(0, 100).Select(i => $"k{i}").First(k => proxy.Owner("main", k) == "n0");
        (await client.SetAsync(key, "first")).ShouldBeNull();
        a.Kill();
        a.Dispose();
        await Until.TrueAsync(
            async () => (await proxy.Host.Engine.StatusAsync()).Any(n => !n.Connected), "the server is lost");
        (await client.GetAsync(key)).ShouldBeNull();
        (await client.SetAsync(key, "second")).ShouldBeNull();
        (await client.GetAsync(key)).ShouldBe("second");
        using var direct = new TextClient(gutter ? spare.Port : b.Port);
        (await direct.AskAsync($"mg {key} t"))!.ShouldMatch("^HD t[4-7]$");
    }
}
