using Fleet.Controller.Storage;

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
    /// <param name="fields">The new fields; its nodes and version are ignored.</param>
    /// <param name="expectedVersion">The version that the caller read; null: last writer wins.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPicture> UpdateAsync(PoolDocument fields, long? expectedVersion, CancellationToken ct) => ChangeAsync(
        document => expectedVersion is null || expectedVersion == document.SpecVersion
            ? fields with { PoolId = PoolId, Nodes = document.Nodes, SpecVersion = document.SpecVersion + 1 }
            : throw new FleetFault(
                FaultKind.Stale,
                $"pool '{PoolId}' has resource_version {document.SpecVersion}, the request says {expectedVersion}; get the pool and retry"),
        ct);

    /// <summary>Adds a node; it joins by the choreography.</summary>
    public Task<PoolPicture> AddNodeAsync(NodeDocument node, CancellationToken ct) => ChangeAsync(
        document =>
        {
            if (document.Nodes.FirstOrDefault(n => n.NodeId == node.NodeId) is { } taken)
            {
                throw taken.Leaving
                    ? new FleetFault(
                        FaultKind.Precondition, $"node '{node.NodeId}' is still leaving pool '{PoolId}'; retry when it is gone")
                    : new FleetFault(FaultKind.AlreadyExists, $"node '{node.NodeId}' exists in pool '{PoolId}'; remove it first");
            }

            if (document.Nodes.FirstOrDefault(n => n.Address == node.Address && !n.Leaving) is { } same)
            {
                throw new FleetFault(
                    FaultKind.AlreadyExists, $"node '{same.NodeId}' of pool '{PoolId}' has the address {node.Address}; remove it first");
            }

            return document with { Nodes = document.Nodes.Add(node) };
        },
        ct);

    /// <summary>Takes a node out by the choreography.</summary>
    /// <param name="nodeId">The node.</param>
    /// <param name="force">True to take out even the last node: the pool then answers nothing.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPicture> RemoveNodeAsync(string nodeId, bool force, CancellationToken ct) => ChangeAsync(
        document =>
        {
            NodeDocument node = document.Nodes.FirstOrDefault(n => n.NodeId == nodeId) ?? throw FleetFault.NoNode(PoolId, nodeId);
            return !node.Leaving && !force && document.Nodes.Count(n => !n.Leaving) == 1
                ? throw new FleetFault(
                    FaultKind.Precondition, $"node '{nodeId}' is the last of pool '{PoolId}'; add another first, or set force")
                : document with { Nodes = document.Nodes.Replace(node, node with { Leaving = true }) };
        },
        ct);

    /// <summary>Stops serving the pool, restores its nodes and forgets it.</summary>
    public async Task DeleteAsync(CancellationToken ct)
    {
        await directory.WriteAsync(PoolId, document => document with { Deleting = true }, ct).ConfigureAwait(false);
        await directory.ReconcileAsync(PoolId, ct).ConfigureAwait(false);
        await directory.GoneAsync(PoolId, ct).ConfigureAwait(false);
    }

    private async Task<PoolPicture> ChangeAsync(Func<PoolDocument, PoolDocument> change, CancellationToken ct)
    {
        PoolDocument written = await directory.WriteAsync(PoolId, change, ct).ConfigureAwait(false);
        PoolPicture? picture = await directory.ReconcileAsync(PoolId, ct).ConfigureAwait(false);
        return picture ?? directory.Note(written);
    }
}
