using Fleet.Core.Knobs;

namespace Fleet.Core.Search;

/// <summary>A method that looks for the cheapest setting under an SLA, one window at a time. Implementations are pure.</summary>
public interface ISettingSearch
{
    /// <summary>Name in options and reports, for example "fleet".</summary>
    string Name { get; }

    /// <summary>Whether a search that starts now would have to wait for its proposals: none should start.</summary>
    bool Busy => false;

    /// <summary>The next step for the request; null: not found yet, to be asked for again with the next step of the pool.</summary>
    SearchDecision? Next(SearchRequest request);

    /// <summary>
    /// The model's view of a setting at the request's load: mean watts, median percentile latency, probability of meeting the SLA.
    /// Null when there is not enough data.
    /// </summary>
    SettingPrediction? Predict(SearchRequest request, Setting setting);
}

/// <summary>The model's view of one setting at one load.</summary>
/// <param name="Watts">Mean power.</param>
/// <param name="WattsSd">Standard deviation of ln(watts).</param>
/// <param name="PercentileUs">Median of the latency at the SLA's percentile.</param>
/// <param name="PercentileSd">Standard deviation of ln(percentile latency).</param>
/// <param name="ProbabilityFeasible">Probability of meeting the SLA, 0 to 1.</param>
public sealed record SettingPrediction(
    double Watts, double WattsSd, double PercentileUs, double PercentileSd, double ProbabilityFeasible);
