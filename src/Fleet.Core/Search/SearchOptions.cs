namespace Fleet.Core.Search;

/// <summary>Dials of the search.</summary>
public sealed record SearchOptions
{
    /// <summary>Least probability of meeting the SLA that a probe must have under the model.</summary>
    /// <value>Default 0.9; range 0 to 1. Higher: fewer breaking probes, slower and dearer settings.</value>
    public double FeasibilityGate { get; init; } = 0.9;

    /// <summary>The search ends when the expected saving of the best probe is below this share of power, twice in a row.</summary>
    /// <value>Default 0.004; range 0 to 1.</value>
    public double StopGain { get; init; } = 0.004;

    /// <summary>
    /// The same for a search that starts from other loads' windows: what those leave unknown is worth fewer windows (CLITE stops at 1 %).
    /// </summary>
    /// <value>Default 0.007; range 0 to 1.</value>
    public double WarmStopGain { get; init; } = 0.007;

    /// <summary>Windows that a search may spend.</summary>
    /// <value>Default 15; range 1 to 1,000.</value>
    public int TrialBudget { get; init; } = 15;

    /// <summary>Share of the SLA that a settled setting must stay below with 95 % confidence.</summary>
    /// <value>Default 1; range 0.1 to 1. The noise of held windows takes its own headroom beside this.</value>
    public double SettleMargin { get; init; } = 1;
}
