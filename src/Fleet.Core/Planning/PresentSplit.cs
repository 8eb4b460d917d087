using Fleet.Core.Control;

namespace Fleet.Core.Planning;

/// <summary>What the present weights make of a load: whether that may stay, and what it costs beside a plan.</summary>
internal sealed class PresentSplit
{
    private readonly double[] _loads;

    /// <summary>Spreads the load by the present weights.</summary>
    /// <param name="members">The nodes with their weights.</param>
    /// <param name="nodes">What is known of each.</param>
    /// <param name="qps">Load of the pool, requests per second.</param>
    public PresentSplit(IReadOnlyList<PoolNode> members, PlannedNode[] nodes, double qps)
    {
        double weights = Math.Max(members.Sum(n => (double)n.Weight), 1);
        _loads = [.. members.Select(n => qps * n.Weight / weights)];
        (double capacity, double largest) = (0, 0);
        for (int i = 0; i < nodes.Length; i++)
        {
            bool active = _loads[i] > 0;
            Watts += active ? nodes[i].Watts(Math.Min(_loads[i], nodes[i].CapacityQps)) : nodes[i].ParkedWatts;
            IsOverfull |= _loads[i] > nodes[i].CapacityQps * (1 + 1e-9);
            capacity += active ? nodes[i].CapacityQps : 0;
            largest = active ? Math.Max(largest, nodes[i].CapacityQps) : largest;
        }

        HasHeadroom = capacity - largest >= qps * (1 - 1e-9);
    }

    /// <summary>Power of all nodes.</summary>
    public double Watts { get; }

    /// <summary>Whether some node carries more than the model is sure of.</summary>
    public bool IsOverfull { get; }

    /// <summary>Whether the other active nodes could carry all load when any one of them dies.</summary>
    public bool HasHeadroom { get; }

    /// <summary>Load that a plan puts on other nodes than now, requests per second.</summary>
    public double MovedQps(LoadPlan plan) => _loads.Zip(plan.Loads).Sum(p => Math.Abs(p.First - p.Second)) / 2;

    /// <summary>
    /// Whether a plan is worth its move: it mends what must not stay, or saves the least share of the power after what the move itself costs.
    /// </summary>
    public bool IsWorth(LoadPlan plan, double moveWatts, PlanningOptions options) => IsOverfull
        || (options.Headroom && plan.HasHeadroom && !HasHeadroom)
        || plan.Watts + moveWatts < Watts * (1 - options.LeastSaving);
}
