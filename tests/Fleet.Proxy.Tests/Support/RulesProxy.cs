using Fleet.Core.Routing;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Routes;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A proxy in process whose pools have rules.</summary>
internal sealed class RulesProxy : IAsyncDisposable
{
    private ulong _revision;

    private RulesProxy(ProxyHost host) => Host = host;

    public ProxyHost Host { get; }

    /// <summary>Starts with pools; the first one listens, the others only where they say so.</summary>
    public static Task<RulesProxy> StartAsync(int loops, params PoolDefinition[] pools) => StartAsync(loops, o => o, pools);

    /// <summary>The same with other options.</summary>
    public static async Task<RulesProxy> StartAsync(int loops, Func<ProxyOptions, ProxyOptions> change, params PoolDefinition[] pools)
    {
        ProxyHost host = await TestProxy.StartAsync(change(new ProxyOptions
        {
            ControlEndpoint = "127.0.0.1:0",
            Loops = loops,
            RequestTimeout = TimeSpan.FromSeconds(5),
            ProbeInterval = TimeSpan.FromMilliseconds(200),
        }));
        await host.Pools.ReplaceAsync(pools, [], TestContext.Current.CancellationToken);
        return new RulesProxy(host);
    }

    /// <summary>A pool over servers named n0, n1 and so on.</summary>
    public static PoolDefinition Pool(string id, params string[] addresses) => new(
        id, "127.0.0.1:0", RoutingPolicies.Rendezvous, [.. addresses.Select((a, i) => new RouteNode($"n{i}", a, 100))], 0);

    public TextClient Client(string pool) => new(Port(pool));

    public int Port(string pool) => Host.Listening[pool].Port;

    public PoolDefinition Definition(string pool) => Host.Pools.Find(pool)!;

    public Task ChangeAsync(string pool, Func<PoolDefinition, PoolDefinition> change) => Host.Pools.ConfigureAsync(
        change(Definition(pool)) with { Revision = ++_revision }, 0, TestContext.Current.CancellationToken);

    public RouteCounts Counts(string pool) => Host.Pools.Published(pool)!.Counts();

    /// <summary>What telemetry has summed of a node.</summary>
    public NodeTotals Totals(string pool, string node) =>
        Host.Telemetry.Totals.Read((p, n, totals) => (Id: (p, n), Totals: totals)).SingleOrDefault(t => t.Id == (pool, node)).Totals
        ?? new NodeTotals();

    /// <summary>Name of the node that owns a key.</summary>
    public string Owner(string pool, string key)
    {
        RouteTable table = Host.Pools.Published(pool)!.Current.Table;
        return table.Nodes[table.Find(System.Text.Encoding.UTF8.GetBytes(key))].NodeId;
    }

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
