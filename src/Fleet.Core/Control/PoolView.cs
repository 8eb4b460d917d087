using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>A pool as it stands, for status, page and metrics. Figures that are not known are null, never 0.</summary>
public sealed record PoolView(
    double RequestsPerSecond,
    double? PercentileUs,
    double? AttainmentRatio,
    double? PowerWatts,
    double? DefaultPowerWatts,
    string? ChangeInProgress,
    ImmutableArray<NodeView> Nodes)
{
    /// <summary>Load that no split over the nodes carries within the SLA at any setting, requests per second; 0 when there is none.</summary>
    public double ShortfallQps { get; init; }
}

/// <summary>A node as it stands.</summary>
public sealed record NodeView(
    string NodeId,
    string Membership,
    bool AgentConnected,
    TunerPhase Phase,
    Setting Setting,
    Setting SettledSetting,
    double RequestsPerSecond,
    double? P50Us,
    double? PercentileUs,
    double? PowerWatts,
    PowerSource PowerSource,
    double? CpuUsPerRequest,
    double? DefaultPowerWatts,
    int Trials,
    string Reason,
    int Weight,
    string? HardwareClass);
