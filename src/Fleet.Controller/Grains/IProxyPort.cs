using System.Collections.Immutable;
using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Grains;

/// <summary>How the controller reaches proxies.</summary>
internal interface IProxyPort
{
    /// <summary>A link to the proxy at the control address (http://HOST:PORT or unix:/PATH); connects when first used.</summary>
    IProxyLink Dial(string control);
}

/// <summary>One proxy. Any call may throw; then the link is disposed and dialled again.</summary>
internal interface IProxyLink : IAsyncDisposable
{
    /// <summary>Returns when the proxy answers.</summary>
    Task HelloAsync(CancellationToken ct);

    /// <summary>Puts a route table in force on every event loop of the proxy.</summary>
    /// <exception cref="ProxyRefusedException">The proxy answered and refused; its last table stays.</exception>
    Task ConfigurePoolAsync(RouteTable table, CancellationToken ct);

    /// <summary>Has the proxy gather requests to nodes of one pool; returns what is in force.</summary>
    /// <exception cref="ProxyRefusedException">The proxy answered and refused, for example because it does not have the pool yet.</exception>
    Task<IReadOnlyList<SendDelay>> SetSendDelaysAsync(
        ulong epoch, string poolId, IReadOnlyList<SendDelay> delays, CancellationToken ct);

    /// <summary>Makes the proxy forget a pool.</summary>
    /// <exception cref="ProxyRefusedException">The proxy answered and refused.</exception>
    Task RemovePoolAsync(ulong epoch, string poolId, CancellationToken ct);

    /// <summary>What the proxy sees, one list per interval, until cancelled.</summary>
    IAsyncEnumerable<IReadOnlyList<NodeSlice>> WatchTelemetryAsync(CancellationToken ct);
}

/// <summary>One pool as the proxies shall serve it.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Listen">Where clients connect: ADDRESS:PORT.</param>
/// <param name="Policy">Routing policy.</param>
/// <param name="Epoch">Fencing epoch of the pool's owner.</param>
/// <param name="Revision">Grows with every change of the table.</param>
/// <param name="Nodes">Nodes with their weights.</param>
internal sealed record RouteTable(
    string PoolId, string Listen, string Policy, ulong Epoch, long Revision, ImmutableArray<NodeWeight> Nodes)
{
    /// <summary>Whether this table is what proxies should have after they had the other: of a later owner, or later of the same one.</summary>
    public bool IsAfter(ulong epoch, long revision) => Epoch > epoch || (Epoch == epoch && Revision > revision);
}

/// <summary>How long requests to one node are gathered.</summary>
internal sealed record SendDelay(string PoolId, string NodeId, ulong Epoch, long DelayUs);

/// <summary>One node's slice as one proxy saw it.</summary>
internal sealed record NodeSlice(string PoolId, string NodeId, TrafficSlice Slice);

/// <summary>The proxy answered and refused.</summary>
/// <param name="message">What the proxy said.</param>
/// <param name="stale">True when the proxy has seen a later epoch of the pool.</param>
internal sealed class ProxyRefusedException(string message, bool stale = false) : Exception(message)
{
    /// <summary>Whether the proxy has seen a later epoch of the pool.</summary>
    public bool Stale { get; } = stale;
}
