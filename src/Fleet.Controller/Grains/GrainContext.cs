using Fleet.Controller.Audit;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Grains;

/// <summary>What grains get from their host: ports, store, clock. Grain classes know nothing else of the outside.</summary>
/// <param name="Store">Where documents lie.</param>
/// <param name="Agents">How agents are reached.</param>
/// <param name="Routes">The proxies, all pools.</param>
/// <param name="Audit">Where decisions are kept.</param>
/// <param name="CreateControl">Makes the decider of one pool from what its predecessor saved.</param>
/// <param name="Epoch">Fencing epoch of this controller.</param>
/// <param name="Time">Clock and timers.</param>
/// <param name="Logger">Log of the grains.</param>
internal sealed record GrainContext(
    IDocumentStore Store,
    IAgentPort Agents,
    IRouteSink Routes,
    IDecisionLog Audit,
    PoolControlFactory CreateControl,
    ulong Epoch,
    TimeProvider Time,
    ILogger Logger);

/// <summary>Makes the decider of one pool.</summary>
/// <param name="poolId">The pool.</param>
/// <param name="saved">What the previous owner kept; null for a new pool.</param>
internal delegate IPoolControl PoolControlFactory(string poolId, PoolSnapshot? saved);

/// <summary>Where a pool grain puts its routes, and learns whether the proxies have them.</summary>
internal interface IRouteSink
{
    /// <summary>Serves the pool by this table from now on; repeats are free.</summary>
    void SetRoutes(RouteTable table);

    /// <summary>Whether every connected proxy routes by the revision (or a later one).</summary>
    bool IsAcknowledged(string poolId, long revision);

    /// <summary>Makes every proxy forget the pool, also those that are away now.</summary>
    Task RemovePoolAsync(string poolId, CancellationToken ct);
}
