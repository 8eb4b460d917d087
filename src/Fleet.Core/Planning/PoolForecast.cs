using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;

namespace Fleet.Core.Planning;

/// <summary>Thinks a change of membership or promise through with what the tuners know, by the rules that the change itself would follow.</summary>
internal static class PoolForecast
{
    // Below this probability a plan warns: the gate that a probe must pass.
    private const double Doubtful = 0.9;

    /// <summary>What the change would do.</summary>
    public static PoolPlan Of(PlanQuery query, PoolSpec present, IReadOnlyDictionary<string, PoolNode> nodes)
    {
        double qps = query.Qps ?? nodes.Values.Sum(n => n.Traffic.Qps);
        Dictionary<string, NodeSpec> after = query.Nodes.ToDictionary(n => n.NodeId, StringComparer.Ordinal);
        long weights = Math.Max(query.Nodes.Sum(WeightOf), 1);
        NodePlan[] plans =
        [
            .. nodes.Values.Where(n => n.Membership != Membership.Leaving).Select(n => after.TryGetValue(n.NodeId, out NodeSpec? spec)
                ? Stays(n, spec, qps * WeightOf(spec) / weights, query.Sla, present.Sla)
                : Leaves(n, present.Sla)),
            .. query.Nodes.Where(s => !nodes.ContainsKey(s.NodeId)).Select(s => Joins(s, qps * WeightOf(s) / weights, query.Sla, nodes.Values)),
        ];
        return new PoolPlan(
            [.. plans],
            MovedKeys.Share(
                query.Policy,
                [.. nodes.Values.Where(n => n.Weight > 0).Select(n => (n.NodeId, n.Spec.Address, n.Weight))],
                [.. query.Nodes.Where(n => WeightOf(n) > 0).Select(n => (n.NodeId, n.Address, n.Weight))]),
            qps,
            Total(plans.Where(p => p.PresentWeight > 0).Select(p => p.PresentWatts)),
            Total(plans.Where(p => p.PlannedWeight > 0).Select(p => p.Outlook.Prediction?.Watts)),
            Largest(plans.Where(p => p.PresentQps > 0).Select(p => p.PresentPercentileUs)),
            Largest(plans.Where(p => p.PlannedQps > 0).Select(p => p.Outlook.Prediction?.PercentileUs)),
            [.. Steps(plans, query.Sla, present.Sla)],
            [.. Warnings(plans, query.Sla)]);
    }

    private static NodePlan Stays(PoolNode node, NodeSpec spec, double qps, Sla sla, Sla presentSla)
    {
        NodeOutlook outlook = WeightOf(spec) == 0
            ? new NodeOutlook(Setting.Default, null, "drained: the kernel default, without load")
            : node.Tuner?.Outlook(qps, sla) ?? new NodeOutlook(Setting.Default, null, PoolViews.Why(node));
        string membership = WeightOf(spec) == 0 && node.Weight > 0 ? "leaves" : "stays";
        return Plan(node, membership, qps, WeightOf(spec), outlook, presentSla);
    }

    private static NodePlan Leaves(PoolNode node, Sla presentSla) => Plan(
        node, "leaves", 0, 0, new NodeOutlook(Setting.Default, null, "its load shifts, it drains, the kernel default is restored"), presentSla);

    private static NodePlan Joins(NodeSpec spec, double qps, Sla sla, IEnumerable<PoolNode> nodes)
    {
        // A node that nobody has seen is expected to be of the pool's hardware class when there is only one.
        PoolNode[] tuned = [.. nodes.Where(n => n.Tuner is not null)];
        NodeOutlook outlook = !spec.Tunable
            ? new NodeOutlook(Setting.Default, null, "routed without an agent")
            : tuned.Length > 0 && tuned.All(n => n.HardwareClass == tuned[0].HardwareClass && tuned[0].Space!.Equals(n.Space))
                ? tuned[0].Tuner!.Outlook(qps, sla, spec.NodeId)
                : new NodeOutlook(Setting.Default, null, "its hardware class is not known before it joins");
        return new NodePlan(spec.NodeId, "joins", 0, qps, 0, (int)WeightOf(spec), Setting.Default, outlook, null, null);
    }

    private static NodePlan Plan(PoolNode node, string membership, double qps, long weight, NodeOutlook outlook, Sla presentSla)
    {
        var latencies = new Measurement.LatencyHistogram();
        node.Traffic.AddLatencies(latencies, wholePast: true);
        return new NodePlan(
            node.NodeId,
            membership,
            node.Traffic.Qps,
            qps,
            node.Weight,
            (int)weight,
            node.Tuner?.InForce ?? Setting.Default,
            outlook,
            node.Traffic.Watts,
            latencies.Count > 0 ? latencies.PercentileUs(presentSla.Percentile) : null);
    }

    private static IEnumerable<string> Steps(NodePlan[] plans, Sla sla, Sla before)
    {
        foreach (NodePlan p in plans.Where(p => p.Membership == "stays" && p.PlannedWeight > 0 && !p.Outlook.Setting.Equals(p.PresentSetting)))
        {
            yield return Text($"prepare {p.NodeId} for {p.PlannedQps:0} req/s: {Name(p.Outlook.Setting)} ({p.Outlook.Reason})");
        }

        foreach (NodePlan p in plans.Where(p => p.Membership == "joins"))
        {
            yield return Text($"prepare {p.NodeId} for {p.PlannedQps:0} req/s: {Name(p.Outlook.Setting)}; then raise its weight in steps");
        }

        foreach (NodePlan p in plans.Where(p => p.Membership == "leaves"))
        {
            yield return Text($"shift {p.PresentQps:0} req/s away from {p.NodeId}, drain it, restore its kernel default");
        }

        foreach (NodePlan p in plans.Where(p => p.Membership == "stays" && p.PresentWeight != p.PlannedWeight && p.PlannedWeight > 0))
        {
            yield return $"change the weight of {p.NodeId} from {p.PresentWeight} to {p.PlannedWeight}";
        }

        if (sla != before)
        {
            yield return Text($"promise p{sla.Percentile:0.##} within {sla.LatencyUs:0} µs; every tuned node searches again");
        }
    }

    private static IEnumerable<string> Warnings(NodePlan[] plans, Sla sla)
    {
        if (plans.All(p => p.PlannedWeight == 0))
        {
            yield return "no node would carry load: the pool would answer nothing";
        }

        foreach (NodePlan p in plans.Where(p => p.PlannedWeight > 0 && p.Outlook.Prediction?.ProbabilityFeasible < Doubtful))
        {
            string chance = Text($"probability {p.Outlook.Prediction!.ProbabilityFeasible:0.00} of {sla.LatencyUs:0} µs");
            yield return Text($"{p.NodeId}: expects {p.Outlook.Prediction.PercentileUs:0} µs, {chance}");
        }

        foreach (NodePlan p in plans.Where(p => p.PlannedWeight > 0 && p.PlannedQps > 0 && p.Outlook.Prediction is null))
        {
            yield return $"{p.NodeId}: no prediction ({p.Outlook.Reason})";
        }
    }

    private static long WeightOf(NodeSpec spec) => spec.Drained ? 0 : spec.Weight;

    private static double? Total(IEnumerable<double?> figures)
    {
        double?[] all = [.. figures];
        return all.Length == 0 || all.Any(f => f is null) ? null : all.Sum();
    }

    private static double? Largest(IEnumerable<double?> figures)
    {
        double?[] all = [.. figures];
        return all.Length == 0 || all.Any(f => f is null) ? null : all.Max();
    }

    private static string Name(Setting setting) => setting.IsDefault ? "the kernel default" : setting.ToString();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
