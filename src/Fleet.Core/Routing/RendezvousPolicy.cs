using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>
/// Weighted rendezvous hashing: every node draws a number for the key, scaled by its weight, and the highest wins. Shares follow the
/// weights exactly in expectation, and a change moves only the keys that the changed node wins or loses. A look-up visits every node,
/// so it suits pools of up to about 64. Nodes are known by their id: one that changes its address keeps its keys.
/// </summary>
internal sealed class RendezvousPolicy : IRoutingPolicy
{
    /// <inheritdoc />
    public string Name => RoutingPolicies.Rendezvous;

    /// <inheritdoc />
    public RouteTable Build(IReadOnlyList<RouteNode> nodes) => new Table([.. nodes.OrderBy(n => n.NodeId, StringComparer.Ordinal)]);

    private sealed class Table : RouteTable
    {
        private readonly ulong[] _seeds;
        private readonly double[] _weights;
        private readonly bool _equal;

        public Table(ImmutableArray<RouteNode> nodes)
            : base(nodes)
        {
            _seeds = [.. nodes.Select(n => KeyHash.Of(n.NodeId))];
            _weights = [.. nodes.Select(n => (double)n.Weight)];
            _equal = nodes.Where(n => n.Weight > 0).Select(n => n.Weight).Distinct().Count() == 1;
        }

        public override int Find(ReadOnlySpan<byte> key) => Find(key, default, all: true);

        public override int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable) => Find(key, usable, all: false);

        public override ImmutableArray<double> Shares() => WeightShares.Of(Nodes);

        private int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable, bool all)
        {
            ulong hash = KeyHash.Of(key);
            int best = -1;
            double bestScore = double.NegativeInfinity;
            for (int i = 0; i < _seeds.Length; i++)
            {
                if (_weights[i] > 0 && (all || usable[i]))
                {
                    double unit = KeyHash.Unit(KeyHash.Mix(hash, _seeds[i]));

                    // -ln(u) / weight is exponentially distributed with rate weight: the smallest is the weighted draw. Of equal weights
                    // the order is that of u, without the logarithm.
                    double score = _equal ? unit : Math.Log(unit) / _weights[i];
                    if (score > bestScore)
                    {
                        (best, bestScore) = (i, score);
                    }
                }
            }

            return best;
        }
    }
}
