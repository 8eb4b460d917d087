using Fleet.Hosting.Metrics;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Routes;

namespace Fleet.Proxy.Metrics;

/// <summary>The proxy's instruments over what its loops count anyway: none is touched per request.</summary>
internal static class ProxyMetrics
{
    /// <summary>Adds the instruments.</summary>
    public static void AddTo(ServiceMeter meter, ProxyEngine engine, TrafficTotals totals, PoolManager pools, ReloadCounts reloads)
    {
        void PerNode(MetricDefinition definition, Func<NodeTotals, double> value) => meter.Observe(
            definition, () => totals.Read((pool, node, t) => new Sample(value(t), pool, node)));
        PerNode(MetricNames.ProxyRequests, t => t.Requests);
        PerNode(MetricNames.ProxyErrors, t => t.Errors);
        PerNode(MetricNames.ProxyHits, t => t.Hits);
        PerNode(MetricNames.ProxyMisses, t => t.Misses);
        PerNode(MetricNames.ProxySent, t => t.BytesToNode);
        PerNode(MetricNames.ProxyReceived, t => t.BytesFromNode);
        PerNode(MetricNames.ProxyInFlight, t => t.InFlight);
        PerNode(MetricNames.ProxyNodeUp, t => t.Links.Loops == 0 ? 0 : (double)t.Links.Connected / t.Links.Loops);
        meter.Observe(MetricNames.ProxyDuration, () => totals.Read((pool, node, t) => new HistogramSample(
            CoarseHistogram.Bounds, t.Latency.Cumulative(), t.Latency.Count, t.Latency.SumSeconds, pool, node)));

        void PerLoop(MetricDefinition definition, Func<LoopCounters, double> value) => meter.Observe(
            definition, () => engine.Counters.Sum(value));
        meter.Observe(MetricNames.ProxyConnections, () => engine.Connections);
        meter.Observe(MetricNames.ProxyPoolConnections, () => pools.Served.Select(p => new Sample(p.Clients, p.PoolId)));
        PerLoop(MetricNames.ProxyConnectionsOpened, c => Volatile.Read(ref c.ConnectionsTotal));
        PerLoop(MetricNames.ProxyConnectionsRefused, c => Volatile.Read(ref c.ConnectionsRefused));
        PerLoop(MetricNames.ProxyClientsDropped, c => Volatile.Read(ref c.ClientsDropped));
        PerLoop(MetricNames.ProxyReplyBytesWaiting, c => Volatile.Read(ref c.ReplyBytesWaiting));
        PerLoop(MetricNames.ProxyCommands, c => Volatile.Read(ref c.Commands));
        PerLoop(MetricNames.ProxyBytesRead, c => Volatile.Read(ref c.BytesRead));
        PerLoop(MetricNames.ProxyBytesWritten, c => Volatile.Read(ref c.BytesWritten));
        PerLoop(MetricNames.ProxyTurns, c => Volatile.Read(ref c.Turns));
        PerLoop(MetricNames.ProxyAllocated, c => Volatile.Read(ref c.AllocatedBytes));
        meter.Observe(MetricNames.ProxyRevision, () => pools.Pools.Select(p => new Sample(p.Revision, p.PoolId)));
        meter.Observe(MetricNames.ProxyRouted, () => pools.Served.Where(p => !p.IsHttp && !p.IsTunnel).SelectMany(Routed));
        meter.Observe(MetricNames.ProxyReloads, () => [new Sample(reloads.Accepted, "accepted"), new Sample(reloads.Refused, "refused")]);
    }

    private static IEnumerable<Sample> Routed(PublishedPool pool)
    {
        RouteCounts counts = pool.Counts();
        return
        [
            new Sample(counts.FailedOver, pool.PoolId, "failed_over"), new Sample(counts.Shadowed, pool.PoolId, "shadowed"),
            new Sample(counts.Coalesced, pool.PoolId, "coalesced"), new Sample(counts.Spread, pool.PoolId, "spread"),
            new Sample(counts.Fetched, pool.PoolId, "fetched"), new Sample(counts.Found, pool.PoolId, "found"),
            new Sample(counts.Filled, pool.PoolId, "filled"), new Sample(counts.HeldOff, pool.PoolId, "held_off"),
            new Sample(counts.Overtaken, pool.PoolId, "overtaken"),
        ];
    }
}
