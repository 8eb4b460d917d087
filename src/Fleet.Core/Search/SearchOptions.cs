using System.Collections.Immutable;

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
    /// <value>Default 0.01; range 0 to 1.</value>
    public double WarmStopGain { get; init; } = 0.01;

    /// <summary>Windows that a search may spend.</summary>
    /// <value>Default 15; range 1 to 1,000.</value>
    public int TrialBudget { get; init; } = 15;

    /// <summary>Share of the SLA that a settled setting must stay below with 95 % confidence.</summary>
    /// <value>Default 1; range 0.1 to 1. The noise of held windows takes its own headroom beside this.</value>
    public double SettleMargin { get; init; } = 1;

    /// <summary>
    /// Least standard error of ln(watts) of one window: what differs from one to the next that its own statistics do not show. More where a
    /// neighbour's work makes the same request dearer from minute to minute, or the search takes that for the settings' doing.
    /// </summary>
    /// <value>Default 0.012, the pooled repeat spread of published memcached runs; range 0 to 0.5.</value>
    public double PowerNoise { get; init; } = Models.OutputPrior.LogWatts.NoiseFloor;

    /// <summary>
    /// Windows over the limit, at one load within an hour, after which a search only tries what it is nearly sure of: a quarter of the
    /// gate's risk, and nothing in front of the gate.
    /// </summary>
    /// <value>Default 3; range 0 (never more than that risk) to 1,000.</value>
    public int ViolationBudget { get; init; } = 3;

    /// <summary>
    /// Knobs whose change hurts (a device that resets, a link that goes down), by name: what one change costs as a share of power. A probe
    /// must be expected to save that beside the stop gain.
    /// </summary>
    /// <value>Default none; range 0 to 1 each.</value>
    public ImmutableSortedDictionary<string, double> SwitchingCosts { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>
    /// Whether a faster clock is taken never to be slower: nothing slower than a breaking setting is tried, and nothing faster than a
    /// proven one is doubted. There is no such rule for delays.
    /// </summary>
    /// <value>Default true.</value>
    public bool PruneByClock { get; init; } = true;

    /// <summary>
    /// Whether what sibling nodes try now counts as measured as forecast, so that identical nodes split the work; else the same setting
    /// alone is left out.
    /// </summary>
    /// <value>Default true.</value>
    public bool SplitWithSiblings { get; init; } = true;

    /// <summary>Spaces with more cells than this are sampled: <see cref="SampledCells"/> and the neighbours of what was measured.</summary>
    /// <value>Default 20,000; range 1 to 1,000,000. A step's time grows with the cells that it scores.</value>
    public long EnumeratedCells { get; init; } = 20_000;

    /// <summary>Cells that a step draws from a large space.</summary>
    /// <value>Default 4,000; range 1 to 1,000,000.</value>
    public int SampledCells { get; init; } = 4_000;
}
