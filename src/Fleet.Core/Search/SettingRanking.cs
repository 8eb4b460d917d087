using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>Orders all settings of a node by what the model expects of them.</summary>
internal static class SettingRanking
{
    /// <summary>Those behind the probability gate first, cheapest first; then the others, the likeliest first.</summary>
    public static IReadOnlyList<RankedSetting> Of(SearchRequest request, ImmutableArray<Setting> always, int limit)
    {
        ContextModel? model = request.Space.Cells == 0 ? null : ContextModel.Fit(request);
        if (model is null)
        {
            return [];
        }

        var state = new SearchState(request, model);
        var scored = new Dictionary<Setting, Forecast>();
        foreach (Candidate candidate in state.ScoreCandidates())
        {
            scored[state.SettingOf(candidate)] = candidate.Forecast;
        }

        foreach (Measured measured in state.Measured)
        {
            scored[measured.Setting] = measured.Forecast;
        }

        double gate = InitialDesign.Gate(state);
        Goal asked = state.Goal with { LogLimit = Math.Log(request.Objective.Limit(request.SlaUs)) };
        RankedSetting[] ranked = [.. scored
            .Select(s => (s.Key, s.Value, Probability: state.ProbabilityOf(s.Value)))
            .OrderByDescending(s => s.Probability >= gate)
            .ThenBy(s => s.Probability >= gate ? state.Goal.LogCost(s.Value) : -s.Probability)
            .ThenBy(s => s.Key.ToString(), StringComparer.Ordinal)
            .Take(limit)
            .Select(s => new RankedSetting(s.Key, View(s.Value, asked)))];
        IEnumerable<Setting> missing = always.Distinct()
            .Where(s => (s.IsDefault || request.Space.Contains(s)) && ranked.All(r => !r.Setting.Equals(s)));
        return [.. ranked, .. missing.Select(s => new RankedSetting(s, View(state.Score(s), asked)))];
    }

    /// <summary>A forecast in figures.</summary>
    public static SettingPrediction View(Forecast forecast, Goal asked) => new(
        Math.Exp(forecast.LogWatts),
        forecast.WattsSd,
        Math.Exp(forecast.LogLatency),
        forecast.LatencySd,
        asked.Probability(forecast));
}
