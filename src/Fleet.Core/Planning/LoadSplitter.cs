using System.Collections.Immutable;

namespace Fleet.Core.Planning;

/// <summary>
/// Splits a pool's load over its nodes for the least power: min Σ W*(λ) of the active + P of the parked, Σ λ = Λ, λ at most the capacity.
/// Identical nodes: every number of active nodes with equal shares, exact for a convex envelope. Mixed classes: dynamic programming over
/// steps of the load (min-plus convolution), exact on its grid, also where the envelope is not convex.
/// </summary>
public static class LoadSplitter
{
    // Shares of the capacity that a plan may use: the cheapest plan with headroom is looked for among them.
    private static readonly double[] Reserves = [1, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5];

    /// <summary>The plan for nodes that are all alike.</summary>
    /// <param name="node">One of them.</param>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="qps">Load of the pool, requests per second.</param>
    /// <param name="headroom">Keep one node's capacity to spare among the active ones, when there are enough nodes for it.</param>
    public static LoadPlan Identical(PlannedNode node, int count, double qps, bool headroom)
    {
        ArgumentNullException.ThrowIfNull(node);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (qps <= 0)
        {
            return new LoadPlan([.. new double[count]], count * node.ParkedWatts, 0, true);
        }

        int least = node.CapacityQps > 0 ? (int)Math.Ceiling((qps / node.CapacityQps) - 1e-9) : int.MaxValue;
        if (least > count)
        {
            return Overload([.. Enumerable.Repeat(node, count)], qps);
        }

        least = Math.Max(least, 1);
        bool spare = count > 1 && least + 1 <= count;
        int first = headroom && spare ? least + 1 : least;
        int best = first;
        double bestWatts = double.PositiveInfinity;
        for (int active = first; active <= count; active++)
        {
            double watts = (active * node.Watts(qps / active)) + ((count - active) * node.ParkedWatts);
            if (watts < bestWatts - 1e-9)
            {
                (best, bestWatts) = (active, watts);
            }
        }

        ImmutableArray<double> loads = [.. Enumerable.Range(0, count).Select(i => i < best ? qps / best : 0)];
        return new LoadPlan(loads, bestWatts, 0, best > least);
    }

    /// <summary>The plan for nodes of mixed classes.</summary>
    /// <param name="nodes">The nodes; at least 1.</param>
    /// <param name="qps">Load of the pool, requests per second.</param>
    /// <param name="steps">Parts that the load is cut into, 1 to 10,000; time and memory grow with nodes · steps².</param>
    /// <param name="headroom">Keep the largest active node's capacity to spare among the others, when there are enough nodes for it.</param>
    public static LoadPlan Mixed(IReadOnlyList<PlannedNode> nodes, double qps, int steps, bool headroom)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes.Count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        if (qps <= 0)
        {
            return new LoadPlan([.. new double[nodes.Count]], nodes.Sum(n => n.ParkedWatts), 0, true);
        }

        if (nodes.Sum(n => Math.Floor((n.CapacityQps / qps * steps) + 1e-9)) < steps)
        {
            return nodes.Sum(n => n.CapacityQps) < qps ? Overload(nodes, qps) : Filled(nodes, qps);
        }

        double[][] costs = Costs(nodes, qps / steps, steps);
        LoadPlan whole = Solve(nodes, costs, qps, steps, 1)!;
        if (!headroom || whole.HasHeadroom)
        {
            return whole;
        }

        return Reserves.Skip(1).Select(r => Solve(nodes, costs, qps, steps, r)).OfType<LoadPlan>()
            .Where(p => p.HasHeadroom).MinBy(p => p.Watts) ?? Filled(nodes, qps);
    }

    /// <summary>Power of each node at every number of steps that it can carry; parked at none.</summary>
    private static double[][] Costs(IReadOnlyList<PlannedNode> nodes, double unit, int steps)
    {
        var costs = new double[nodes.Count][];
        for (int n = 0; n < nodes.Count; n++)
        {
            int most = (int)Math.Min(steps, Math.Floor((nodes[n].CapacityQps / unit) + 1e-9));
            double[] cost = costs[n] = new double[most + 1];
            cost[0] = nodes[n].ParkedWatts;
            for (int s = 1; s <= most; s++)
            {
                cost[s] = nodes[n].Watts(s * unit);
            }
        }

        return costs;
    }

    private static LoadPlan? Solve(IReadOnlyList<PlannedNode> nodes, double[][] costs, double qps, int steps, double reserve)
    {
        double unit = qps / steps;
        double[] best = new double[steps + 1];
        Array.Fill(best, double.PositiveInfinity);
        best[0] = 0;
        var chosen = new int[nodes.Count][];
        var next = new double[steps + 1];
        int reach = 0;
        for (int n = 0; n < nodes.Count; n++)
        {
            double most = Math.Floor((nodes[n].CapacityQps * reserve / unit) + 1e-9);
            ReadOnlySpan<double> cost = costs[n].AsSpan(0, (int)Math.Min(costs[n].Length - 1, most) + 1);
            int[] choice = chosen[n] = new int[steps + 1];
            Array.Fill(next, double.PositiveInfinity);
            for (int before = 0; before <= reach; before++)
            {
                double soFar = best[before];
                int last = Math.Min(cost.Length - 1, steps - before);
                for (int here = 0; here <= last; here++)
                {
                    double watts = soFar + cost[here];
                    if (watts < next[before + here])
                    {
                        (next[before + here], choice[before + here]) = (watts, here);
                    }
                }
            }

            reach = Math.Min(steps, reach + cost.Length - 1);
            (best, next) = (next, best);
        }

        if (double.IsPositiveInfinity(best[steps]))
        {
            return null;
        }

        var loads = new double[nodes.Count];
        int left = steps;
        for (int n = nodes.Count - 1; n >= 0; n--)
        {
            loads[n] = chosen[n][left] * unit;
            left -= chosen[n][left];
        }

        return new LoadPlan([.. loads], best[steps], 0, Headroom(nodes, loads, qps));
    }

    /// <summary>Every node active in proportion to its capacity.</summary>
    private static LoadPlan Filled(IReadOnlyList<PlannedNode> nodes, double qps)
    {
        double capacity = nodes.Sum(n => n.CapacityQps);
        double[] loads = [.. nodes.Select(n => capacity > 0 ? qps * n.CapacityQps / capacity : qps / nodes.Count)];
        double watts = nodes.Zip(loads).Sum(p => p.Second > 0 ? p.First.Watts(Math.Min(p.Second, p.First.CapacityQps)) : p.First.ParkedWatts);
        return new LoadPlan([.. loads], watts, 0, Headroom(nodes, loads, qps));
    }

    private static LoadPlan Overload(IReadOnlyList<PlannedNode> nodes, double qps) =>
        Filled(nodes, qps) with { ShortfallQps = qps - nodes.Sum(n => n.CapacityQps), HasHeadroom = false };

    private static bool Headroom(IReadOnlyList<PlannedNode> nodes, double[] loads, double qps)
    {
        double sum = 0;
        double largest = 0;
        for (int n = 0; n < loads.Length; n++)
        {
            if (loads[n] > 0)
            {
                sum += nodes[n].CapacityQps;
                largest = Math.Max(largest, nodes[n].CapacityQps);
            }
        }

        return sum - largest >= qps * (1 - 1e-9);
    }
}
