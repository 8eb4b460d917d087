using Fleet.Controller.Grains;

namespace Fleet.Controller.Metrics;

/// <summary>What metrics and histories look at: pictures that owners replace, never the owners themselves.</summary>
/// <param name="Pools">The pools that this controller owns.</param>
/// <param name="Proxies">The proxies, and whether each is connected.</param>
internal sealed record FleetViews(Func<IEnumerable<PoolPicture>> Pools, Func<IEnumerable<(string ProxyId, bool Connected)>> Proxies)
{
    /// <summary>The views of a running controller.</summary>
    public static FleetViews Of(PoolDirectory pools, ProxySet proxies) => new(
        () => pools.Grains.Select(p => p.Picture).OfType<PoolPicture>(), () => proxies.List().Select(p => (p.ProxyId, p.Connected)));
}
