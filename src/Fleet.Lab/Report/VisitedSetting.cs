namespace Fleet.Lab.Report;

/// <summary>One measurement of a setting by a node's tuner.</summary>
/// <param name="AtSeconds">When the tuner decided on it.</param>
/// <param name="Node">The node.</param>
/// <param name="Setting"><c>knob=value …</c> or <c>default</c>.</param>
/// <param name="Kind">What the tuner did: "probe", "hold", "replicate", …</param>
/// <param name="Trigger">What started it.</param>
/// <param name="Qps">Load of the node then.</param>
/// <param name="Watts">Measured cost: power by the report's source.</param>
/// <param name="P99Us">Measured latency at the promise's percentile.</param>
/// <param name="SlaUs">The promised latency in force then.</param>
/// <param name="Reason">Why, for people.</param>
public sealed record VisitedSetting(
    double AtSeconds,
    string Node,
    string Setting,
    string Kind,
    string Trigger,
    double Qps,
    double? Watts,
    double? P99Us,
    double SlaUs,
    string Reason);
