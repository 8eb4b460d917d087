using Fleet.V1;

namespace Fleet.Cli.Declarations;

/// <summary>Compares a declaration with the fleet: what has to be written, in an order that works.</summary>
internal static class FleetChanges
{
    /// <summary>The changes; unchanged entities are in the list with their word.</summary>
    /// <param name="file">The declaration.</param>
    /// <param name="present">The fleet.</param>
    /// <param name="prune">Whether what the file does not name is removed: nodes of declared pools, pools, and proxies when it lists any.</param>
    public static IEnumerable<FleetChange> Of(FleetFile file, FleetState present, bool prune) =>
    [
        .. (file.Proxies ?? []).SelectMany(p => Proxy(p.Spec, present)),
        .. file.Pools.SelectMany(p => Pool(p, present, prune)),
        .. prune ? Removed(file, present) : [],
    ];

    private static IEnumerable<FleetChange> Proxy(ProxySpec declared, FleetState present)
    {
        V1.Proxy? old = present.Proxies.FirstOrDefault(p => p.Spec.ProxyId == declared.ProxyId);
        if (old is not null && old.Spec.Equals(declared))
        {
            yield return new FleetChange($"proxy/{declared.ProxyId}", FleetChange.Unchanged, declared, null);
            yield break;
        }

        yield return new FleetChange($"proxy/{declared.ProxyId}", old is null ? "added" : "changed", declared, async (admin, ct) =>
        {
            if (old is not null)
            {
                // A proxy's spec has one field: with another address it is another proxy under the old name.
                await admin.RemoveProxyAsync(new RemoveProxyRequest { ProxyId = declared.ProxyId }, cancellationToken: ct);
            }

            await admin.AddProxyAsync(new AddProxyRequest { Spec = declared }, cancellationToken: ct);
        });
    }

    private static IEnumerable<FleetChange> Pool(DeclaredPool declared, FleetState present, bool prune)
    {
        Pool? old = present.Pools.FirstOrDefault(p => p.Spec.PoolId == declared.Id);
        PoolSpec spec = declared.Over(old?.Spec);
        yield return old is null ? new FleetChange($"pool/{declared.Id}", "created", spec, async (admin, ct) =>
                await admin.CreatePoolAsync(new CreatePoolRequest { Spec = spec }, cancellationToken: ct))
            : old.Spec.Equals(spec) ? new FleetChange($"pool/{declared.Id}", FleetChange.Unchanged, spec, null)
            : new FleetChange($"pool/{declared.Id}", "changed", spec, async (admin, ct) => await admin.UpdatePoolAsync(
                new UpdatePoolRequest { Spec = spec, ResourceVersion = old.ResourceVersion }, cancellationToken: ct));
        Node[] nodes = [.. present.Nodes.Where(n => n.Spec.PoolId == declared.Id)];
        foreach (DeclaredNode node in declared.Nodes ?? [])
        {
            yield return Node(declared.Id, node, nodes.FirstOrDefault(n => n.Spec.NodeId == node.Id));
        }

        foreach (Node gone in nodes.Where(n => prune && declared.Nodes?.All(d => d.Id != n.Spec.NodeId) == true))
        {
            yield return new FleetChange($"node/{declared.Id}/{gone.Spec.NodeId}", "removed", gone.Spec, async (admin, ct) =>
                await admin.RemoveNodeAsync(
                    new RemoveNodeRequest { PoolId = declared.Id, NodeId = gone.Spec.NodeId }, cancellationToken: ct));
        }
    }

    private static FleetChange Node(string poolId, DeclaredNode declared, Node? old)
    {
        NodeSpec spec = declared.Over(poolId, old?.Spec);
        string name = $"node/{poolId}/{declared.Id}";
        return old is null ? new FleetChange(name, "added", spec, async (admin, ct) =>
                await admin.AddNodeAsync(new AddNodeRequest { Spec = spec }, cancellationToken: ct))
            : old.Spec.Equals(spec) ? new FleetChange(name, FleetChange.Unchanged, spec, null)
            : new FleetChange(name, "changed", spec, async (admin, ct) => await admin.UpdateNodeAsync(
                new UpdateNodeRequest { Spec = spec, ResourceVersion = old.ResourceVersion }, cancellationToken: ct));
    }

    private static IEnumerable<FleetChange> Removed(FleetFile file, FleetState present)
    {
        foreach (Pool pool in present.Pools.Where(p => file.Pools.All(d => d.Id != p.Spec.PoolId)))
        {
            yield return new FleetChange($"pool/{pool.Spec.PoolId}", "deleted", pool.Spec, async (admin, ct) => await admin.DeletePoolAsync(
                new DeletePoolRequest { PoolId = pool.Spec.PoolId, ResourceVersion = pool.ResourceVersion }, cancellationToken: ct));
        }

        foreach (V1.Proxy proxy in present.Proxies.Where(p => file.Proxies?.All(d => d.Spec.ProxyId != p.Spec.ProxyId) == true))
        {
            yield return new FleetChange($"proxy/{proxy.Spec.ProxyId}", "removed", proxy.Spec, async (admin, ct) =>
                await admin.RemoveProxyAsync(new RemoveProxyRequest { ProxyId = proxy.Spec.ProxyId }, cancellationToken: ct));
        }
    }
}
