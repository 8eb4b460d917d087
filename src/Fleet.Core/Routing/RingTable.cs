using System.Collections.Immutable;
using System.Numerics;

namespace Fleet.Core.Routing;

/// <summary>A ring: the sorted points and the owner of each; a key belongs to the node of the first point at or after its MD5.</summary>
public sealed class RingTable : RouteTable
{
    private const int MaxPartBits = 20;
    private readonly uint[] _points;
    private readonly ushort[] _owners;

    // First point at or after the start of each equal part of the ring: a look-up begins there and passes a point or two.
    private readonly int[] _starts;
    private readonly int _shift;

    /// <summary>A table over nodes with the points of their ring.</summary>
    /// <param name="nodes">The nodes, in the order that the look-ups index.</param>
    /// <param name="points">(position, index of the owning node), in any order; of equal positions the first keeps the place.</param>
    public RingTable(ImmutableArray<RouteNode> nodes, IEnumerable<(uint Position, int Node)> points)
        : base(nodes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nodes.Length, ushort.MaxValue, nameof(nodes));
        (uint Position, int Node)[] sorted = [.. points.OrderBy(p => p.Position)];
        _points = Array.ConvertAll(sorted, p => p.Position);
        _owners = Array.ConvertAll(sorted, p => (ushort)p.Node);
        _shift = 32 - Math.Min(BitOperations.Log2((uint)_points.Length | 1) + 1, MaxPartBits);
        _starts = new int[1 << (32 - _shift)];
        for (int part = 0; part < _starts.Length; part++)
        {
            int found = Array.BinarySearch(_points, (uint)part << _shift);
            _starts[part] = found < 0 ? ~found : found;
        }
    }

    /// <summary>Number of points on the ring.</summary>
    public int PointCount => _points.Length;

    /// <inheritdoc />
    public override int Find(ReadOnlySpan<byte> key) => _points.Length == 0 ? -1 : _owners[Index(Md5.Hash(key).A)];

    /// <inheritdoc />
    public override int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable)
    {
        int index = _points.Length == 0 ? 0 : Index(Md5.Hash(key).A);
        for (int i = 0; i < _points.Length; i++)
        {
            int owner = _owners[index];
            if (usable[owner])
            {
                return owner;
            }

            index = index + 1 == _points.Length ? 0 : index + 1;
        }

        return -1;
    }

    /// <inheritdoc />
    public override void Find(ReadOnlySpan<byte> text, ReadOnlySpan<KeySpan> keys, Span<int> owners)
    {
        Span<uint> hashes = stackalloc uint[Md5Lanes.Count];
        while (Md5Lanes.IsFast && _points.Length > 0 && keys.Length >= Md5Lanes.Count)
        {
            ReadOnlySpan<KeySpan> some = keys[..Md5Lanes.Count];
            if (FitLanes(some))
            {
                Md5Lanes.Hash(text, some, hashes);
                for (int i = 0; i < hashes.Length; i++)
                {
                    owners[i] = _owners[Index(hashes[i])];
                }
            }
            else
            {
                base.Find(text, some, owners);
            }

            keys = keys[Md5Lanes.Count..];
            owners = owners[Md5Lanes.Count..];
        }

        base.Find(text, keys, owners);
    }

    /// <inheritdoc />
    public override ImmutableArray<double> Shares()
    {
        double[] shares = new double[Nodes.Length];
        for (int i = 0; i < _points.Length; i++)
        {
            uint previous = _points[i == 0 ? _points.Length - 1 : i - 1];
            shares[_owners[i]] += _points.Length == 1 ? 1 : unchecked(_points[i] - previous) / 4294967296.0;
        }

        return [.. shares];
    }

    private static bool FitLanes(ReadOnlySpan<KeySpan> keys)
    {
        int longest = 0;
        foreach (KeySpan key in keys)
        {
            longest = Math.Max(longest, key.Length);
        }

        return longest <= Md5Lanes.MaxKey;
    }

    private int Index(uint position)
    {
        uint[] points = _points;
        int index = _starts[position >> _shift];
        while ((uint)index < (uint)points.Length && points[index] < position)
        {
            index++;
        }

        return index == points.Length ? 0 : index;
    }
}
