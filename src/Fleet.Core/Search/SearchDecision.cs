using Fleet.Core.Knobs;

namespace Fleet.Core.Search;

/// <summary>What the search wants next.</summary>
public enum SearchAction
{
    /// <summary>Measure <see cref="SearchDecision.Setting"/> (new, or the winner again).</summary>
    Probe,

    /// <summary>The search is over: hold <see cref="SearchDecision.Setting"/>.</summary>
    Settle,

    /// <summary>Nothing meets the SLA under the model: hold the safest setting, which is <see cref="SearchDecision.Setting"/>.</summary>
    Infeasible,
}

/// <summary>The search's next step with its reason as data.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Setting">The setting to probe or hold.</param>
/// <param name="Kind">"initial", "probe", "replicate", "jump", "settle", "infeasible".</param>
/// <param name="PredictedWatts">The model's mean power for the setting; null without a model.</param>
/// <param name="PredictedPercentileUs">The model's median latency at the percentile; null without a model.</param>
/// <param name="ProbabilityFeasible">Probability of meeting the SLA under the model; null without a model.</param>
/// <param name="ExpectedGain">Expected saving as a share of the incumbent's power; null without a model.</param>
/// <param name="Reason">For people.</param>
public sealed record SearchDecision(
    SearchAction Action,
    Setting Setting,
    string Kind,
    double? PredictedWatts,
    double? PredictedPercentileUs,
    double? ProbabilityFeasible,
    double? ExpectedGain,
    string Reason);
