using Fleet.Core.Control;

namespace Fleet.Core.Planning;

/// <summary>
/// Cuts the way to another split of load into steps that nothing notices: few nodes are parked or woken at once, little load moves, and the pool's
/// power changes little, because supplies dislike sudden steps.
/// </summary>
internal static class BoundedMove
{
    private const int WeightUnits = 1000;

    /// <summary>Weights of the first step from the present split to the planned one; equal to the plan when that is near enough.</summary>
    /// <param name="members">The nodes with their present weights.</param>
    /// <param name="nodes">What is known of each.</param>
    /// <param name="planned">Planned load of each, requests per second.</param>
    /// <param name="qps">Load of the pool, requests per second; above 0.</param>
    /// <param name="options">The bounds.</param>
    public static int[] Weights(
        IReadOnlyList<PoolNode> members, PlannedNode[] nodes, IReadOnlyList<double> planned, double qps, PlanningOptions options)
    {
        double sum = Math.Max(members.Sum(n => (double)n.Weight), 1);
        double[] now = [.. members.Select(n => n.Weight / sum)];
        double[] then = [.. planned.Select(l => l / qps)];
        double watts = 0;
        for (int i = 0; i < nodes.Length; i++)
        {
            watts += Power(nodes[i], now[i] * qps);
        }

        int toggles = Math.Max(1, (int)(now.Count(s => s > 0) * options.MaxMoveShare));
        double power = watts * options.MaxPowerStep;
        double room = options.MaxMoveShare;
        double[] next = [.. now];
        bool first = true;

        // Nodes that are parked or woken come first, the largest change of power last; one is always allowed.
        foreach (int i in Enumerable.Range(0, now.Length).Where(i => now[i] > 0 != then[i] > 0)
            .OrderBy(i => Math.Abs(Power(nodes[i], then[i] * qps) - Power(nodes[i], now[i] * qps))).ThenBy(i => i))
        {
            double change = Math.Abs(Power(nodes[i], then[i] * qps) - Power(nodes[i], now[i] * qps));
            if (!first && (toggles <= 0 || change > power || Math.Abs(then[i] - now[i]) > room))
            {
                continue;
            }

            (next[i], first) = (then[i], false);
            toggles--;
            power -= change;
            room -= Math.Abs(then[i] - now[i]);
        }

        // What the others have to take or give follows from that; beyond it they move as far as there is room.
        double others = Enumerable.Range(0, now.Length).Where(i => now[i] > 0 == then[i] > 0).Sum(i => Math.Abs(then[i] - now[i])) / 2;
        double part = others <= 0 ? 0 : Math.Clamp(Math.Max(room, 0) / others, 0, 1);
        for (int i = 0; i < next.Length; i++)
        {
            if (now[i] > 0 && then[i] > 0)
            {
                next[i] = now[i] + (part * (then[i] - now[i]));
            }
        }

        double largest = Math.Max(next.Max(), 1e-12);
        return [.. next.Select(s => s > 0 ? Math.Max(1, (int)Math.Round(s / largest * WeightUnits)) : 0)];
    }

    /// <summary>Power of a node at a load; beyond its capacity that at its capacity.</summary>
    private static double Power(PlannedNode node, double qps) =>
        qps > 0 && node.CapacityQps > 0 ? node.Watts(Math.Min(qps, node.CapacityQps)) : node.ParkedWatts;
}
