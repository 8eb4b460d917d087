using Fleet.Controller.Storage;

namespace Fleet.Controller.Grains;

/// <summary>What an operator may ask of a pool; each request is one durable write, and the pool reconciles towards it.</summary>
internal sealed partial class PoolGrain
{
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

    /// <summary>Stops serving the pool, restores its nodes and forgets it. The grain is of no use afterwards.</summary>
    public Task DeleteAsync(CancellationToken ct) => _mailbox.AskAsync(
        async () =>
        {
            await _context.Routes.RemovePoolAsync(PoolId, ct).ConfigureAwait(false);
            _gone = true;
            await Task.WhenAll(_nodes.Values.Select(n => n.RestoreAsync($"delete-{_context.Epoch}-{n.Node.NodeId}"))).ConfigureAwait(false);
            await DetachAllAsync().ConfigureAwait(false);
            await _spec.ClearAsync(ct).ConfigureAwait(false);
            await _learned.ClearAsync(ct).ConfigureAwait(false);
            return true;
        },
        ct);

    private Task<PoolPicture> ChangeAsync(Func<PoolDocument, PoolDocument> change, CancellationToken ct) => _mailbox.AskAsync(
        async () =>
        {
            PoolDocument before = _gone ? throw FleetFault.NoPool(PoolId) : _spec.Value!;
            await _spec.WriteAsync(change(before), ct).ConfigureAwait(false);
            foreach (NodeDocument node in _spec.Value!.Nodes.Where(n => !_nodes.ContainsKey(n.NodeId)))
            {
                Attach(node);
            }

            SpecChanged();
            PublishRoutes();
            await StepAsync().ConfigureAwait(false);
            return _picture!;
        },
        ct);
}
