using Fleet.Controller.Audit;
using Fleet.Controller.Cluster;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>What every grain gets from its host: ports, store, clock.</summary>
/// <param name="Store">Where documents lie.</param>
/// <param name="Agents">How agents are reached.</param>
/// <param name="Routes">The proxies, all pools.</param>
/// <param name="Audit">Where decisions are kept.</param>
/// <param name="CreateControl">Makes the decider of one pool from what its predecessor saved.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Logger">Log of the grains.</param>
/// <param name="DelaysSends">Whether the proxies' send delay is a knob of every node.</param>
internal sealed record GrainHost(
    IDocumentStore Store,
    IAgentPort Agents,
    IRouteSink Routes,
    IDecisionLog Audit,
    PoolControlFactory CreateControl,
    TimeProvider Time,
    ILogger Logger,
    bool DelaysSends = false);

/// <summary>What one activation gets: its host, and the lease that gives it the right to act. Grains know nothing else of the outside.</summary>
/// <param name="host">Ports, store, clock.</param>
/// <param name="lease">The pool's lease.</param>
internal sealed class GrainContext(GrainHost host, PoolLease lease)
{
    /// <summary>Where documents lie; writes are refused once the lease moved.</summary>
    public IDocumentStore Store { get; } = host.Store.Fenced(lease.PoolId, lease.Epoch);

    /// <summary>The right to act.</summary>
    public PoolLease Lease { get; } = lease;

    /// <summary>Fencing epoch of this activation.</summary>
    public ulong Epoch => Lease.Epoch;

    /// <summary>How agents are reached.</summary>
    public IAgentPort Agents => host.Agents;

    /// <summary>The proxies, all pools.</summary>
    public IRouteSink Routes => host.Routes;

    /// <summary>Where decisions are kept.</summary>
    public IDecisionLog Audit => host.Audit;

    /// <summary>Whether the proxies' send delay is a knob of every node.</summary>
    public bool DelaysSends => host.DelaysSends;

    /// <summary>Clock and timers.</summary>
    public TimeProvider Time => host.Time;

    /// <summary>Log of the grains.</summary>
    public ILogger Logger => host.Logger;

    /// <summary>Makes the decider of the pool from what its predecessor saved.</summary>
    public IPoolControl CreateControl(PoolSnapshot? saved) => host.CreateControl(Lease, saved);
}

/// <summary>Makes the decider of one pool.</summary>
/// <param name="lease">The pool and its epoch.</param>
/// <param name="saved">What the previous owner kept; null for a new pool.</param>
internal delegate IPoolControl PoolControlFactory(PoolLease lease, PoolSnapshot? saved);

/// <summary>Where a pool grain puts its routes, and learns whether the proxies have them.</summary>
internal interface IRouteSink
{
    /// <summary>Serves the pool by this table from now on; repeats are free.</summary>
    void SetRoutes(RouteTable table);

    /// <summary>Whether every connected proxy routes by the revision (or a later one) of this owner.</summary>
    bool IsAcknowledged(string poolId, ulong epoch, long revision);

    /// <summary>Another controller may own the pool from now on: its routes are no longer this one's to send.</summary>
    void Release(string poolId, ulong epoch);

    /// <summary>
    /// Has every proxy gather requests to the node for so long; returns what is in force when every connected proxy does, and keeps it so.
    /// </summary>
    Task<long> DelaySendsAsync(SendDelay delay, CancellationToken ct);

    /// <summary>Has requests to the node leave at once; does not wait.</summary>
    void EndSendDelay(string poolId, string nodeId);

    /// <summary>Forgets a node that proxies no longer route to.</summary>
    void ForgetNode(string poolId, string nodeId);

    /// <summary>Makes every proxy forget the pool, also those that are away now.</summary>
    Task RemovePoolAsync(string poolId, ulong epoch, CancellationToken ct);
}
