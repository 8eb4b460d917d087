using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>
/// Which node owns which key. Immutable, so any number of threads may look up while the next table is built; a look-up allocates nothing.
/// </summary>
/// <param name="nodes">The nodes, in the order that the look-ups index.</param>
public abstract class RouteTable(ImmutableArray<RouteNode> nodes)
{
    /// <summary>A table without nodes.</summary>
    public static RouteTable Empty { get; } = new RingTable([], []);

    /// <summary>The nodes; those of weight 0 own no key.</summary>
    public ImmutableArray<RouteNode> Nodes { get; } = nodes;

    /// <summary>Index in <see cref="Nodes"/> of the key's owner; -1 when no node takes requests.</summary>
    public abstract int Find(ReadOnlySpan<byte> key);

    /// <summary>
    /// Index of the node that stands in for the key's owner when only some nodes can be used: the owner itself when it can, else the next
    /// in the key's own order, so the keys of one lost node spread over the others. -1 when none is left.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="usable">Parallel to <see cref="Nodes"/>.</param>
    public abstract int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable);

    /// <summary>The owners of many keys, as <see cref="Find(ReadOnlySpan{byte})"/> tells them one by one.</summary>
    /// <param name="text">Holds the keys.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="owners">Takes an index for each key.</param>
    public virtual void Find(ReadOnlySpan<byte> text, ReadOnlySpan<KeySpan> keys, Span<int> owners)
    {
        for (int i = 0; i < keys.Length; i++)
        {
            owners[i] = Find(keys[i].Of(text));
        }
    }

    /// <summary>Share of the keys of each node, 0 to 1, parallel to <see cref="Nodes"/>; zeros when no node takes requests.</summary>
    public abstract ImmutableArray<double> Shares();
}
