using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>
/// Which node owns which key: the sorted points of a ring and the owner of each. Immutable, so any number of threads may look up while
/// the next table is built.
/// </summary>
public sealed class RouteTable
{
    private readonly uint[] _points;
    private readonly ushort[] _owners;

    /// <summary>A table over nodes with the points of their ring.</summary>
    /// <param name="nodes">The nodes, in the order that <see cref="Find"/> indexes.</param>
    /// <param name="points">(position, index of the owning node), in any order; of equal positions the first keeps the place.</param>
    public RouteTable(ImmutableArray<RouteNode> nodes, IEnumerable<(uint Position, int Node)> points)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes.Length, ushort.MaxValue, nameof(nodes));
        Nodes = nodes;
        (uint Position, int Node)[] sorted = [.. points.OrderBy(p => p.Position)];
        _points = Array.ConvertAll(sorted, p => p.Position);
        _owners = Array.ConvertAll(sorted, p => (ushort)p.Node);
    }

    /// <summary>The nodes; those of weight 0 own no key.</summary>
    public ImmutableArray<RouteNode> Nodes { get; }

    /// <summary>Number of points on the ring.</summary>
    public int PointCount => _points.Length;

    /// <summary>Index in <see cref="Nodes"/> of the key's owner; -1 when no node takes requests.</summary>
    public int Find(ReadOnlySpan<byte> key) => _points.Length == 0 ? -1 : Owner(Md5.Hash(key).A);

    /// <summary>Owner of a position: the node of the first point at or after it, around the ring.</summary>
    private int Owner(uint position)
    {
        uint[] points = _points;
        int low = 0;
        int high = points.Length;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            if (points[middle] < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return _owners[low == points.Length ? 0 : low];
    }

    /// <summary>Share of the ring of each node, 0 to 1, parallel to <see cref="Nodes"/>; zeros when no node takes requests.</summary>
    public ImmutableArray<double> Shares()
    {
        double[] shares = new double[Nodes.Length];
        for (int i = 0; i < _points.Length; i++)
        {
            uint previous = _points[i == 0 ? _points.Length - 1 : i - 1];
            shares[_owners[i]] += _points.Length == 1 ? 1 : unchecked(_points[i] - previous) / 4294967296.0;
        }

        return [.. shares];
    }
}
