using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>
/// Maglev hashing (Eisenbud et al. 2016): each node fills slots of a table of prime size in an order of its own, heavier nodes more often.
/// One look-up is one hash and one read; a change moves what it must and less than 1 % beside it. Nodes are known by their id.
/// </summary>
internal sealed class MaglevPolicy : IRoutingPolicy
{
    // The paper's sizes: more than 100 slots a node keep the shares within 1 %.
    private const int SmallTable = 65_537;
    private const int LargeTable = 655_373;
    private const int SlotsPerNode = 100;
    private const ulong OffsetSeed = 1;
    private const ulong SkipSeed = 2;

    /// <inheritdoc />
    public string Name => RoutingPolicies.Maglev;

    /// <inheritdoc />
    public RouteTable Build(IReadOnlyList<RouteNode> nodes)
    {
        ImmutableArray<RouteNode> sorted = [.. nodes.OrderBy(n => n.NodeId, StringComparer.Ordinal)];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sorted.Length, LargeTable / SlotsPerNode, nameof(nodes));
        int size = sorted.Length * SlotsPerNode < SmallTable ? SmallTable : LargeTable;
        return new Table(sorted, sorted.Any(n => n.Weight > 0) ? Fill(sorted, size) : []);
    }

    private static ushort[] Fill(ImmutableArray<RouteNode> nodes, int size)
    {
        ulong slots = (ulong)size;
        ulong[] hashes = [.. nodes.Select(n => KeyHash.Of(n.NodeId))];
        ulong[] next = [.. hashes.Select(h => KeyHash.Mix(h, OffsetSeed) % slots)];
        ulong[] skip = [.. hashes.Select(h => (KeyHash.Mix(h, SkipSeed) % (slots - 1)) + 1)];
        long[] due = new long[nodes.Length];
        long heaviest = nodes.Max(n => n.Weight);
        ushort[] owners = new ushort[size];
        bool[] taken = new bool[size];
        int filled = 0;
        for (long round = 0; filled < size; round++)
        {
            for (int i = 0; i < nodes.Length && filled < size; i++)
            {
                // A node is due whenever rounds x weight reaches the next multiple of the heaviest weight.
                if (nodes[i].Weight == 0 || round * nodes[i].Weight < due[i])
                {
                    continue;
                }

                due[i] += heaviest;
                while (taken[next[i]])
                {
                    next[i] = (next[i] + skip[i]) % slots;
                }

                (taken[next[i]], owners[next[i]]) = (true, (ushort)i);
                filled++;
            }
        }

        return owners;
    }

    private sealed class Table(ImmutableArray<RouteNode> nodes, ushort[] owners) : RouteTable(nodes)
    {
        public override int Find(ReadOnlySpan<byte> key) => owners.Length == 0 ? -1 : owners[Slot(key)];

        public override int Find(ReadOnlySpan<byte> key, ReadOnlySpan<bool> usable)
        {
            // A walk over the slots that ends after one lap: neighbours of a slot belong to unrelated nodes, so a lost node's keys spread.
            int slot = owners.Length == 0 ? 0 : Slot(key);
            for (int i = 0; i < owners.Length; i++)
            {
                if (usable[owners[slot]])
                {
                    return owners[slot];
                }

                slot = slot + 1 == owners.Length ? 0 : slot + 1;
            }

            return -1;
        }

        public override ImmutableArray<double> Shares()
        {
            double[] shares = new double[Nodes.Length];
            foreach (ushort owner in owners)
            {
                shares[owner] += 1.0 / owners.Length;
            }

            return [.. shares];
        }

        private int Slot(ReadOnlySpan<byte> key) => (int)(KeyHash.Of(key) % (ulong)owners.Length);
    }
}
