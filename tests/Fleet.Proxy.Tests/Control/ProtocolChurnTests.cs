using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tests.Support;

namespace Fleet.Proxy.Tests.Control;

/// <summary>A hundred changes of servers and weights under the load of each protocol, in sharded and in replicated pools.</summary>
public class ProtocolChurnTests
{
    [Theory]
    [InlineData("meta", false)]
    [InlineData("meta", true)]
    [InlineData("binary", false)]
    [InlineData("binary", true)]
    [InlineData("tls", false)]
    [InlineData("tls", true)]
    [InlineData("binary", false, true)]
    [InlineData("meta", false, true)]
    public async Task A_hundred_changes_fail_no_request_and_mix_up_no_value(string protocol, bool replicated, bool rules = false)
    {
        using var servers = new MemcachedServers(await MemcachedServers.StartAsync(3));
        using var certificates = new TestCertificates();
        PoolDefinition pool = RulesProxy.Pool("main", [.. servers.All.Select(s => s.Address)]) with
        {
            Kind = replicated ? PoolKind.Replicated : PoolKind.Sharded,
            ClientTls = protocol == "tls" ? certificates.Server() : null,
            WarmUp = rules ? new WarmUpRule(60, 100) : null,
            HotKeys = rules ? new HotKeyRule(2, 1, 1) : null,
            Failover = rules ? new FailoverRule(null, 5) : null,
            Coalesce = rules,
        };
        await using RulesProxy proxy = await RulesProxy.StartAsync(2, pool);
        int port = proxy.Port("main");
        var load = new ProtocolLoad(8, () => protocol switch
        {
            "meta" => new MetaSpeaker(port),
            "binary" => new BinarySpeaker(port),
            _ => new TlsSpeaker(port),
        });
        RouteNode[] all = [.. proxy.Definition("main").Nodes];
        var random = new Random(13);
        for (int change = 0; change < 100 && !load.HasFailed; change++)
        {
            RouteNode[] some = [.. all.Where(_ => random.Next(3) > 0).Select(n => n with { Weight = random.Next(0, 100) })];
            await proxy.ChangeAsync("main", p => p with { Nodes = [.. some.Any(n => n.Weight > 0) ? some : all] });
            long before = load.Done;
            await Until.TrueAsync(() => load.Done > before + 10 || load.HasFailed, "the load goes on");
        }

        await load.StopAsync();
        load.Done.ShouldBeGreaterThan(1_000);
    }
}
