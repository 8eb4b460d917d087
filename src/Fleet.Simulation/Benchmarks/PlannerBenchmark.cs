using System.Collections.Immutable;
using Fleet.Core.Planning;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// Times the split of a load over nodes of mixed classes, and shows what the usual greedy rule would cost: the next step of load to the node whose
/// power rises least.
/// </summary>
public static class PlannerBenchmark
{
    private const double Capacity = 600_000;

    /// <summary>Plans a pool of three classes again and again.</summary>
    /// <param name="nodes">Nodes, 1 to 10,000.</param>
    /// <param name="steps">Steps of the load, 1 to 10,000.</param>
    /// <param name="runs">Repeats, at least 1.</param>
    /// <param name="time">Clock of the measurement.</param>
    public static ImmutableArray<PlannerRow> Run(int nodes, int steps, int runs, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        PlannedNode[] pool = [.. Enumerable.Range(0, nodes).Select(Node)];
        double capacity = pool.Sum(n => n.CapacityQps);
        return
        [
            .. from share in new[] { 0.2, 0.45, 0.7, 0.95 }
               from headroom in new[] { false, true }
               select Row(pool, share, capacity * share, steps, headroom, runs, time),
        ];
    }

    private static PlannerRow Row(
        PlannedNode[] pool, double share, double qps, int steps, bool headroom, int runs, TimeProvider time)
    {
        LoadPlan plan = LoadSplitter.Mixed(pool, qps, steps, headroom);
        var ms = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            long start = time.GetTimestamp();
            plan = LoadSplitter.Mixed(pool, qps, steps, headroom);
            ms[i] = time.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(ms);
        return new PlannerRow(
            pool.Length, steps, share, headroom, plan.Active, Math.Round(plan.Watts, 1),
            Greedy(pool, qps, steps) is { } greedy ? Math.Round(greedy, 1) : null,
            Math.Round(ms[runs / 2], 3), Math.Round(ms[(int)Math.Min(Math.Ceiling(runs * 0.99), runs) - 1], 3), Math.Round(ms[^1], 3));
    }

    /// <summary>
    /// Power of the greedy split: exact where power is convex and nothing can be parked, and else not; null when its steps do not fit.
    /// </summary>
    private static double? Greedy(PlannedNode[] pool, double qps, int steps)
    {
        double unit = qps / steps;
        double[] loads = new double[pool.Length];
        double[] watts = [.. pool.Select(n => n.ParkedWatts)];
        for (int s = 0; s < steps; s++)
        {
            int best = -1;
            double least = double.PositiveInfinity;
            for (int n = 0; n < pool.Length; n++)
            {
                bool fits = loads[n] + unit <= pool[n].CapacityQps * (1 + 1e-9);
                double rise = fits ? pool[n].Watts(loads[n] + unit) - watts[n] : double.PositiveInfinity;
                (best, least) = rise < least ? (n, rise) : (best, least);
            }

            if (best < 0)
            {
                return null;
            }

            loads[best] += unit;
            watts[best] += least;
        }

        return watts.Sum();
    }

    /// <summary>The published server's envelope at 500 µs, and two others: half its size, and half as large again with a dear first watt.</summary>
    private static PlannedNode Node(int index)
    {
        double size = (index % 3) switch { 0 => 1, 1 => 0.5, _ => 1.5 };
        double floor = index % 3 == 2 ? 30 : 0;
        return new PlannedNode(q => floor + (Math.Pow(size, 0.8) * Envelope(q / size)), Capacity * size, 12 * size);
    }

    // W*(load) of the published memcached table at 500 µs: 52.9, 58.7 and 74.2 W at 200, 400 and 600 thousand requests/s.
    private static double Envelope(double qps) => qps switch
    {
        <= 200_000 => 52.9,
        <= 400_000 => 52.9 + ((qps - 200_000) * 5.8 / 200_000),
        _ => 58.7 + ((qps - 400_000) * 15.5 / 200_000),
    };
}

/// <summary>One split, timed.</summary>
/// <param name="Nodes">Nodes of three classes.</param>
/// <param name="Steps">Steps of the load.</param>
/// <param name="Load">Load as a share of the pool's capacity.</param>
/// <param name="Headroom">Whether one node's capacity is kept to spare.</param>
/// <param name="ActiveNodes">Nodes with load.</param>
/// <param name="Watts">Power of the plan.</param>
/// <param name="GreedyWatts">Power of the greedy split of the same load, without headroom; null where its steps do not fit the nodes.</param>
/// <param name="MedianMs">Median time of a plan, milliseconds.</param>
/// <param name="P99Ms">99th percentile of the time of a plan, milliseconds.</param>
/// <param name="WorstMs">Longest time of a plan, milliseconds.</param>
public sealed record PlannerRow(
    int Nodes, int Steps, double Load, bool Headroom, int ActiveNodes, double Watts, double? GreedyWatts, double MedianMs, double P99Ms,
    double WorstMs);
