using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Proxy.Pools;

namespace Fleet.Proxy.Engine;

/// <summary>A pool as the loops serve it: immutable, replaced as a whole.</summary>
/// <param name="Table">Owner of each key.</param>
/// <param name="Targets">Where the nodes are, parallel to the table's nodes.</param>
/// <param name="Revision">Revision of the configuration that it was made from.</param>
internal sealed record PoolSnapshot(RouteTable Table, ImmutableArray<NodeTarget> Targets, ulong Revision)
{
    /// <summary>A pool without nodes.</summary>
    public static PoolSnapshot Empty { get; } = new(RouteTable.Empty, [], 0);

    /// <summary>The rules of the pool; null for the empty snapshot.</summary>
    public PoolDefinition? Rules { get; init; }

    /// <summary>Health and slow start of each node, parallel to the table's nodes; empty: all healthy at full share.</summary>
    public ImmutableArray<NodeStanding> Standings { get; init; } = [];

    /// <summary>Changes whose moved keys are still being warmed up, the newest first.</summary>
    public ImmutableArray<Move> Moves { get; init; } = [];

    /// <summary>How the node at an index stands.</summary>
    public NodeStanding Standing(int node) => Standings.IsDefaultOrEmpty ? NodeStanding.Full : Standings[node];
}
