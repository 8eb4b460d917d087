using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>What the model expects of one setting at a load, with the band that holds the truth in nine of ten cases.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Watts">Expected power.</param>
/// <param name="WattsLow">Lower end of the band.</param>
/// <param name="WattsHigh">Upper end of the band.</param>
/// <param name="PercentileUs">Expected latency at the SLA's percentile.</param>
/// <param name="PercentileLowUs">Lower end of the band.</param>
/// <param name="PercentileHighUs">Upper end of the band.</param>
/// <param name="ProbabilityFeasible">Probability of meeting the SLA, 0 to 1.</param>
public sealed record SettingForecast(
    Setting Setting,
    double Watts,
    double WattsLow,
    double WattsHigh,
    double PercentileUs,
    double PercentileLowUs,
    double PercentileHighUs,
    double ProbabilityFeasible);

/// <summary>Shows people what the search sees; decides nothing.</summary>
public static class SettingForecasts
{
    // Two-sided 90 % of a normal distribution.
    private const double Band = 1.645;

    /// <summary>Forecasts of the kernel default and of settings spread evenly over the legal ones; empty before the first window.</summary>
    /// <param name="request">Load, promise, legal settings and what was observed.</param>
    /// <param name="most">Most settings that are forecast beside the default; at least 1.</param>
    public static IReadOnlyList<SettingForecast> Of(SearchRequest request, int most)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        if (!(request.Qps > 0) || ContextModel.Fit(request) is not { } model)
        {
            return [];
        }

        ModelScorer scorer = model.Scorer();
        var asked = new Goal(request.Objective.CapsPower, Math.Log(request.Objective.Limit(request.SlaUs)));
        var forecasts = ImmutableArray.CreateBuilder<SettingForecast>();
        foreach (Setting setting in Spread(request.Space, most).Append(Setting.Default))
        {
            Forecast f = scorer.Score(model.Space.IndicesOf(setting) ?? []);
            forecasts.Add(new SettingForecast(
                setting,
                Math.Exp(f.LogWatts),
                Math.Exp(f.LogWatts - (Band * f.WattsSd)),
                Math.Exp(f.LogWatts + (Band * f.WattsSd)),
                Math.Exp(f.LogLatency),
                Math.Exp(f.LogLatency - (Band * f.LatencySd)),
                Math.Exp(f.LogLatency + (Band * f.LatencySd)),
                asked.Probability(f)));
        }

        return forecasts.ToImmutable();
    }

    private static IEnumerable<Setting> Spread(KnobSpace space, int most)
    {
        long cells = space.Cells;
        long taken = Math.Min(cells, most);
        for (long i = 0; i < taken; i++)
        {
            yield return space[(long)((double)i * cells / taken)];
        }
    }
}
