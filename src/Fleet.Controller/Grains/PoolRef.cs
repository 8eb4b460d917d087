using Fleet.Controller.Storage;
using Fleet.Core.Control;

namespace Fleet.Controller.Grains;

/// <summary>
/// What an operator may ask of a pool, at any controller: each request is one durable write of the spec, and the pool's owner, here or
/// elsewhere, reconciles towards it.
/// </summary>
/// <param name="poolId">The pool.</param>
/// <param name="directory">Where pools are known.</param>
internal sealed class PoolRef(string poolId, PoolDirectory directory)
{
    /// <summary>The pool.</summary>
    public string PoolId { get; } = poolId;

    /// <summary>The pool as it stands: of this moment at its owner, of a second or a few ago elsewhere.</summary>
    /// <exception cref="FleetFault">There is no such pool.</exception>
    public PoolPicture Picture => directory.Picture(PoolId) ?? throw FleetFault.NoPool(PoolId);

    /// <summary>Replaces the pool's own fields.</summary>
    /// <param name="fields">The new fields; its nodes, version and halt are ignored.</param>
    /// <param name="expectedVersion">The version that the caller read; null: last writer wins.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPicture> UpdateAsync(PoolDocument fields, long? expectedVersion, CancellationToken ct) => ChangePoolAsync(
        document => fields with { PoolId = PoolId, Nodes = document.Nodes, Halted = document.Halted }, expectedVersion, ct);

    /// <summary>Changes the pool's own fields; a change that changes nothing keeps the version.</summary>
    public Task<PoolPicture> ChangePoolAsync(
        Func<PoolDocument, PoolDocument> change, long? expectedVersion, CancellationToken ct) => ChangeAsync(
        document => expectedVersion is null || expectedVersion == document.SpecVersion
            ? change(document) with { SpecVersion = document.SpecVersion + 1 }
            : throw FleetFault.StaleVersion($"pool '{PoolId}'", document.SpecVersion, expectedVersion.Value),
        ct);

    /// <summary>Puts every knob at its original, or lets tuning go on.</summary>
    public Task<PoolPicture> SetHaltedAsync(bool halted, CancellationToken ct) =>
        ChangeAsync(document => document with { Halted = halted }, ct);

    /// <summary>Adds a node; it joins by the choreography.</summary>
    public Task<PoolPicture> AddNodeAsync(NodeDocument node, CancellationToken ct) =>
        ChangeAsync(document => NodeRules.Add(document, node), ct);

    /// <summary>Changes one node.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="expectedVersion">The version that the caller read; null: last writer wins.</param>
    /// <param name="change">The change; its result is checked against the pool's rules.</param>
    /// <param name="force">True to let fewer nodes active than the pool wants.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPicture> ChangeNodeAsync(
        string nodeId, long? expectedVersion, Func<NodeDocument, NodeDocument> change, bool force, CancellationToken ct) =>
        ChangeAsync(document => NodeRules.Change(document, nodeId, expectedVersion, change, force), ct);

    /// <summary>Takes a node out by the choreography.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="force">True to take out even the last node: the pool then answers nothing.</param>
    /// <param name="ct">Gives up waiting.</param>
    /// <param name="expectedVersion">The version that the caller read; null: whatever it is now.</param>
    public Task<PoolPicture> RemoveNodeAsync(string nodeId, bool force, CancellationToken ct, long? expectedVersion = null) =>
        ChangeNodeAsync(nodeId, expectedVersion, node => node with { Leaving = true }, force, ct);

    /// <summary>Why the node has its setting.</summary>
    public Task<NodeExplanation> ExplainAsync(string nodeId, int limit, CancellationToken ct) => Owner().ExplainAsync(nodeId, limit, ct);

    /// <summary>What a change would do.</summary>
    /// <param name="change">Makes the document as it would be.</param>
    /// <param name="qps">Load to plan for, requests per second; null: the present load.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPlan> PlanAsync(Func<PoolDocument, PoolDocument> change, double? qps, CancellationToken ct) =>
        Owner().PlanAsync(change, qps, ct);

    /// <summary>Stops serving the pool, restores its nodes and forgets it.</summary>
    /// <param name="ct">Gives up waiting.</param>
    /// <param name="expectedVersion">The version that the caller read; null: whatever it is now.</param>
    public async Task DeleteAsync(CancellationToken ct, long? expectedVersion = null)
    {
        await directory.WriteAsync(
            PoolId,
            document => expectedVersion is null || expectedVersion == document.SpecVersion
                ? document with { Deleting = true }
                : throw FleetFault.StaleVersion($"pool '{PoolId}'", document.SpecVersion, expectedVersion.Value),
            ct).ConfigureAwait(false);
        await directory.ReconcileAsync(PoolId, ct).ConfigureAwait(false);
        await directory.GoneAsync(PoolId, ct).ConfigureAwait(false);
    }

    // What was learned is at the owner only.
    private PoolGrain Owner() => directory.Grain(PoolId) ?? throw new FleetFault(
        FaultKind.Elsewhere,
        $"no controller owns pool '{PoolId}' just now, and only an owner knows what was learned; retry in a moment",
        new FieldFault("pool_id", PoolId, "a pool that a controller owns"));

    private async Task<PoolPicture> ChangeAsync(Func<PoolDocument, PoolDocument> change, CancellationToken ct)
    {
        PoolDocument written = await directory.WriteAsync(PoolId, change, ct).ConfigureAwait(false);
        PoolPicture? picture = await directory.ReconcileAsync(PoolId, ct).ConfigureAwait(false);
        return picture ?? directory.Note(written);
    }
}
