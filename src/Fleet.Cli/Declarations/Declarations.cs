using Fleet.V1;

namespace Fleet.Cli.Declarations;

/// <summary>A pool as declared.</summary>
/// <param name="Id">The pool.</param>
/// <param name="Set">Puts the given fields into a spec.</param>
/// <param name="Nodes">Its nodes; null when the file does not list them.</param>
internal sealed record DeclaredPool(string Id, IReadOnlyList<Action<PoolSpec>> Set, IReadOnlyList<DeclaredNode>? Nodes)
{
    /// <summary>The spec with the given fields in place of those of the present one.</summary>
    /// <param name="present">The pool as it is; null when it is new.</param>
    public PoolSpec Over(PoolSpec? present)
    {
        PoolSpec spec = present?.Clone() ?? new PoolSpec { PoolId = Id };
        spec.Sla ??= new Sla();
        foreach (Action<PoolSpec> set in Set)
        {
            set(spec);
        }

        return spec;
    }
}

/// <summary>A node as declared.</summary>
/// <param name="Id">The node.</param>
/// <param name="Set">Puts the given fields into a spec.</param>
internal sealed record DeclaredNode(string Id, IReadOnlyList<Action<NodeSpec>> Set)
{
    /// <summary>The spec with the given fields in place of those of the present one.</summary>
    /// <param name="poolId">Its pool.</param>
    /// <param name="present">The node as it is; null when it is new.</param>
    public NodeSpec Over(string poolId, NodeSpec? present)
    {
        NodeSpec spec = present?.Clone() ?? new NodeSpec { PoolId = poolId, NodeId = Id };
        foreach (Action<NodeSpec> set in Set)
        {
            set(spec);
        }

        return spec;
    }
}

/// <summary>A proxy as declared.</summary>
internal sealed record DeclaredProxy(ProxySpec Spec);
