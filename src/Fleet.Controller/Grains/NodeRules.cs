using System.Globalization;
using Fleet.Controller.Storage;

namespace Fleet.Controller.Grains;

/// <summary>What a pool allows to happen to its nodes; pure, so that a dry run and the real change obey the same rules.</summary>
internal static class NodeRules
{
    /// <summary>The pool with one more node.</summary>
    /// <exception cref="FleetFault">The id or the address is taken.</exception>
    public static PoolDocument Add(PoolDocument pool, NodeDocument node)
    {
        if (pool.Nodes.FirstOrDefault(n => n.NodeId == node.NodeId) is { } taken)
        {
            var field = new FieldFault("spec.node_id", node.NodeId, $"an id that no node of pool '{pool.PoolId}' has");
            throw taken.Leaving
                ? new FleetFault(
                    FaultKind.Precondition, $"node '{node.NodeId}' is still leaving pool '{pool.PoolId}'; retry when it is gone", field)
                : new FleetFault(
                    FaultKind.AlreadyExists, $"node '{node.NodeId}' exists in pool '{pool.PoolId}'; remove it first", field);
        }

        return pool.Nodes.FirstOrDefault(n => n.Address == node.Address && !n.Leaving) is { } same
            ? throw new FleetFault(
                FaultKind.AlreadyExists,
                $"node '{same.NodeId}' of pool '{pool.PoolId}' has the address {node.Address}; remove it first",
                new FieldFault("spec.address", node.Address, $"an address that no node of pool '{pool.PoolId}' has"))
            : pool with { Nodes = pool.Nodes.Add(node) };
    }

    /// <summary>The pool with one node changed, removed (leaving) or drained.</summary>
    /// <exception cref="FleetFault">No such node, a stale version, or too few nodes would stay active.</exception>
    public static PoolDocument Change(
        PoolDocument pool, string nodeId, long? expectedVersion, Func<NodeDocument, NodeDocument> change, bool force)
    {
        NodeDocument node = pool.Nodes.FirstOrDefault(n => n.NodeId == nodeId) ?? throw FleetFault.NoNode(pool.PoolId, nodeId);
        if (expectedVersion is { } version && version != node.Version)
        {
            throw FleetFault.StaleVersion($"node '{nodeId}' of pool '{pool.PoolId}'", node.Version, version);
        }

        NodeDocument changed = change(node);
        if (node.Leaving && !changed.Equals(node))
        {
            throw new FleetFault(
                FaultKind.Precondition,
                $"node '{nodeId}' is leaving pool '{pool.PoolId}'; wait until it is gone",
                new FieldFault("node_id", nodeId, "a node that is not leaving"));
        }

        if (changed.Equals(node))
        {
            return pool;
        }

        int left = pool.Nodes.Count(IsActive) - (IsActive(node) ? 1 : 0) + (IsActive(changed) ? 1 : 0);
        int least = Math.Max(1, pool.MinActiveNodes);
        return !force && IsActive(node) && !IsActive(changed) && left < least
            ? throw TooFew(pool, nodeId, left, least)
            : pool with { Nodes = pool.Nodes.Replace(node, changed with { Version = node.Version + 1 }) };
    }

    private static FleetFault TooFew(PoolDocument pool, string nodeId, int left, int least)
    {
        string place = left == 0
            ? $"node '{nodeId}' is the last of pool '{pool.PoolId}'"
            : string.Create(CultureInfo.InvariantCulture, $"pool '{pool.PoolId}' would have {left} active nodes, min_active_nodes is {least}");
        return new FleetFault(
            FaultKind.Precondition,
            $"{place}; add another first, or set force",
            new FieldFault("force", "false", string.Create(
                CultureInfo.InvariantCulture, $"true, while fewer than {least} other nodes are active ({left} would be left)")));
    }

    private static bool IsActive(NodeDocument node) => !node.Leaving && !node.Drained;
}
