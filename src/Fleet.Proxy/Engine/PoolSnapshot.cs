using System.Collections.Immutable;
using Fleet.Core.Routing;

namespace Fleet.Proxy.Engine;

/// <summary>A pool as the loops serve it: immutable, replaced as a whole.</summary>
/// <param name="Table">Owner of each key.</param>
/// <param name="Targets">Where the nodes are, parallel to the table's nodes.</param>
/// <param name="Revision">Revision of the configuration that it was made from.</param>
internal sealed record PoolSnapshot(RouteTable Table, ImmutableArray<NodeTarget> Targets, ulong Revision)
{
    /// <summary>A pool without nodes.</summary>
    public static PoolSnapshot Empty { get; } = new(RouteTable.Empty, [], 0);
}
