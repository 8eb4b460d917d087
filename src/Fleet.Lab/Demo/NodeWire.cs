using Fleet.Lab.Report;
using Fleet.V1;

namespace Fleet.Lab.Demo;

/// <summary>Turns what the admin API says into the demo's words.</summary>
internal static class NodeWire
{
    /// <summary>A node's status.</summary>
    public static DemoNode View(Node node)
    {
        NodeStatus status = node.Status ?? new NodeStatus();
        return new DemoNode(
            node.Spec.NodeId,
            status.Membership,
            Name(status.Phase.ToString()),
            Values(status.Setting),
            status.RequestsPerSecond,
            status.PercentileUs > 0 ? status.PercentileUs : null,
            status.HasPowerWatts ? status.PowerWatts : null,
            status.HasPowerWatts ? Name(status.PowerSource.ToString()) : "",
            status.HasDefaultPowerWatts ? status.DefaultPowerWatts : null,
            status.HasCpuUsPerRequest ? status.CpuUsPerRequest : null,
            (int)status.Trials,
            status.AgentError.Length > 0 ? status.AgentError : status.Reason);
    }

    /// <summary>A decision, with its time since the run began; the promise is filled in by the caller.</summary>
    public static VisitedSetting Visited(Decision decision, DateTimeOffset started) => new(
        Math.Round((DateTimeOffset.FromUnixTimeMilliseconds(decision.UnixMs) - started).TotalSeconds, 2),
        decision.NodeId,
        Text(Values(decision.Setting)),
        decision.Kind,
        decision.Trigger,
        decision.RequestsPerSecond,
        decision.HasMeasuredWatts ? decision.MeasuredWatts : null,
        decision.HasMeasuredPercentileUs ? decision.MeasuredPercentileUs : null,
        0,
        decision.Reason);

    private static Dictionary<string, long> Values(Setting? setting) =>
        setting is null ? [] : setting.Values.OrderBy(v => v.Knob, StringComparer.Ordinal).ToDictionary(v => v.Knob, v => v.Value);

    private static string Text(Dictionary<string, long> values) =>
        values.Count == 0 ? "default" : string.Join(' ', values.Select(v => $"{v.Key}={v.Value}"));

    private static string Name(string enumName) => enumName.ToLowerInvariant();
}
