using Fleet.Core.Knobs;

namespace Fleet.Core.Search;

/// <summary>One finished (or aborted) trial: a setting at a load with what was measured.</summary>
/// <param name="NodeId">The node that measured it; nodes of a class share observations with a per-node offset.</param>
/// <param name="Setting">The setting as read back.</param>
/// <param name="Qps">Requests per second during the window; greater than 0.</param>
/// <param name="Watts">Mean power over the window; greater than 0.</param>
/// <param name="WattsSd">Standard error of ln(watts); 0 means the model's floor.</param>
/// <param name="PercentileUs">Latency at the SLA's percentile; greater than 0.</param>
/// <param name="PercentileSd">Standard error of ln(percentile latency), from the order statistics; 0 means the model's floor.</param>
/// <param name="At">When the window ended; older observations count less.</param>
/// <param name="Censored">True for an aborted probe: the true percentile is at least <paramref name="PercentileUs"/>.</param>
public sealed record Observation(
    string NodeId,
    Setting Setting,
    double Qps,
    double Watts,
    double WattsSd,
    double PercentileUs,
    double PercentileSd,
    DateTimeOffset At,
    bool Censored = false)
{
    /// <summary>Error of ln(percentile) given to a window that was disturbed: it says nothing about the setting's latency.</summary>
    internal const double DoubtfulSd = 2;

    /// <summary>Whether the window says enough about the setting's latency to count as a measurement of it.</summary>
    internal bool SpeaksOfLatency => PercentileSd < 0.25 * DoubtfulSd;
}
