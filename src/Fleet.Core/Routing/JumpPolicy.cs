using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>
/// Jump consistent hashing (Lamping and Veach 2014) over the nodes in the order of their ids; a weight is the chance that a node keeps a
/// key that jumps to it, relative to the heaviest, and a key that is not kept jumps again. No memory and the best balance, but only
/// changes of weight and nodes at the end of the order move few keys: a node that joins or leaves in the middle renumbers those behind
/// it, so a node in the middle is given weight 0 rather than removed.
/// </summary>
internal sealed class JumpPolicy : IRoutingPolicy
{
    /// <inheritdoc />
    public string Name => RoutingPolicies.Jump;

    /// <inheritdoc />
    public RouteTable Build(IReadOnlyList<RouteNode> nodes) => new Table([.. nodes.OrderBy(n => n.NodeId, StringComparer.Ordinal)]);

    private sealed class Table : RouteTable
    {
        // Between equal weights the first jump holds; a pool where 64 in a row are refused is so uneven that a draw by weight follows.
        private const int MaxJumps = 64;
        private readonly double[] _chances;

        public Table(ImmutableArray<RouteNode> nodes)
            : base(nodes)
        {
            int heaviest = nodes.Length == 0 ? 0 : nodes.Max(n => n.Weight);
            _chances = [.. nodes.Select(n => heaviest == 0 ? 0 : (double)n.Weight / heaviest)];
        }

        public override int Find(ReadOnlySpan<byte> key) => Find(key, default, all: true);

        public override int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable) => Find(key, usable, all: false);

        public override ImmutableArray<double> Shares() => WeightShares.Of(Nodes);

        private int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable, bool all)
        {
            if (_chances.Length == 0)
            {
                return -1;
            }

            ulong first = KeyHash.Of(key);
            ulong hash = first;
            for (ulong attempt = 1; attempt <= MaxJumps; attempt++)
            {
                int node = Jump(hash, _chances.Length);
                if ((all || usable[node]) && KeyHash.Unit(KeyHash.Mix(hash, attempt)) < _chances[node])
                {
                    return node;
                }

                hash = KeyHash.Mix(first, attempt);
            }

            return Draw(first, usable, all);
        }

        private int Draw(ulong hash, ReadOnlySpan<bool> usable, bool all)
        {
            double total = 0;
            for (int i = 0; i < _chances.Length; i++)
            {
                total += all || usable[i] ? _chances[i] : 0;
            }

            double rest = KeyHash.Unit(KeyHash.Mix(hash, MaxJumps + 1)) * total;
            int last = -1;
            for (int i = 0; i < _chances.Length; i++)
            {
                if (_chances[i] > 0 && (all || usable[i]))
                {
                    last = i;
                    rest -= _chances[i];
                    if (rest < 0)
                    {
                        break;
                    }
                }
            }

            return last;
        }

        private static int Jump(ulong key, int buckets)
        {
            long bucket = -1;
            long next = 0;
            while (next < buckets)
            {
                bucket = next;
                key = unchecked((key * 2862933555777941757) + 1);
                next = (long)((bucket + 1) * ((1L << 31) / (double)((key >> 33) + 1)));
            }

            return (int)bucket;
        }
    }
}
