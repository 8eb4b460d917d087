using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>Draws the pool as it stands.</summary>
internal static class PoolViews
{
    /// <summary>The word for a node that carries its weight.</summary>
    public const string Active = "active";

    /// <summary>The word for a node that is not yet routed with its full weight.</summary>
    public const string Joining = "joining";

    /// <summary>The word for a member without load.</summary>
    public const string Drained = "drained";

    /// <summary>The word for a member that the plan keeps without load.</summary>
    public const string Parked = "parked";

    /// <summary>The word for a member whose server is dead.</summary>
    public const string Failed = "failed";

    /// <summary>The view of a pool; without a spec there is nothing to see.</summary>
    public static PoolView Of(IReadOnlyCollection<PoolNode> nodes, PoolSpec? spec, string? change, double shortfallQps)
    {
        var latencies = new LatencyHistogram();
        foreach (PoolNode node in nodes)
        {
            node.Traffic.AddLatencies(latencies, wholePast: true);
        }

        bool seen = latencies.Count > 0 && spec is not null;
        var scratch = new LatencyHistogram();
        NodeView[] views = [.. nodes.Select(n => View(n, spec, scratch))];
        bool defaultsKnown = views.Length > 0 && views.Where(v => v.PowerWatts is not null).All(v => v.DefaultPowerWatts is not null);
        return new PoolView(
            views.Sum(v => v.RequestsPerSecond),
            seen ? latencies.PercentileUs(spec!.Sla.Percentile) : null,
            seen ? 1 - ((double)latencies.CountAboveUs(spec!.Sla.LatencyUs) / latencies.Count) : null,
            views.Any(v => v.PowerWatts is not null) ? views.Sum(v => v.PowerWatts ?? 0) : null,
            defaultsKnown && views.Any(v => v.DefaultPowerWatts is not null)
                ? views.Where(v => v.PowerWatts is not null).Sum(v => v.DefaultPowerWatts!.Value)
                : null,
            change,
            [.. views])
        {
            ShortfallQps = shortfallQps,
        };
    }

    /// <summary>What a successor needs to know of a node.</summary>
    public static NodeSnapshot Snapshot(PoolNode node)
    {
        OperatingPoint? point = node.Tuner?.LatestPoint ?? node.Saved;
        return new NodeSnapshot(
            node.NodeId, node.Spec.Address, Word(node), node.Weight, point?.Setting ?? Setting.Default, point?.Qps ?? 0);
    }

    /// <summary>Nodes share what they learn when their class and their legal settings are the same.</summary>
    public static string ClassKey(string hardwareClass, KnobSpace space) => string.Create(
        CultureInfo.InvariantCulture,
        $"{hardwareClass}|{string.Join('|', space.Knobs.Select(k => $"{k.Name}={string.Join(',', k.LegalValues)}"))}");

    private static NodeView View(PoolNode node, PoolSpec? spec, LatencyHistogram latencies)
    {
        latencies.Clear();
        node.Traffic.AddLatencies(latencies, wholePast: false);
        Tuner? tuner = node.Tuner;
        return new NodeView(
            node.NodeId,
            Word(node),
            node.AgentConnected,
            tuner?.Phase ?? TunerPhase.Observe,
            tuner?.InForce ?? Setting.Default,
            tuner?.Settled ?? Setting.Default,
            node.Traffic.Qps,
            latencies.Count > 0 ? latencies.PercentileUs(50) : null,
            latencies.Count > 0 && spec is not null ? latencies.PercentileUs(spec.Sla.Percentile) : null,
            node.Traffic.Watts,
            node.Traffic.Source,
            node.Traffic.CpuUsPerRequest,
            tuner?.DefaultWatts,
            tuner?.Trials ?? 0,
            tuner?.Reason ?? Why(node),
            node.Weight,
            node.HardwareClass);
    }

    /// <summary>Why a node without a tuner is where it is.</summary>
    public static string Why(PoolNode node) =>
        !node.Spec.Tunable ? "routed without an agent"
        : node.AgentProblem is { } problem ? $"agent lost: {problem}"
        : "waiting for its agent";

    private static string Word(PoolNode node) => node.Membership switch
    {
        Membership.Joining => Joining,
        Membership.Leaving => "leaving",
        Membership.Drained => Drained,
        _ when node is { Failed: true, Weight: 0 } => Failed,
        _ when node is { Parked: true, Weight: 0 } => Parked,
        _ when node is { AgentConnected: false, AgentProblem: not null } => "lost",
        _ => Active,
    };
}
