using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>Words a decision with the numbers that it was made from.</summary>
internal static class Decisions
{
    /// <summary>Measure a setting.</summary>
    public static SearchDecision Probe(SearchState state, Setting setting, Forecast forecast, string kind, double? gain) =>
        Make(state, SearchAction.Probe, setting, forecast, kind, gain, kind switch
        {
            "jump" => "the model is sure of it from other loads",
            "replicate" => "the winner again, to prove it with margin",
            _ when gain is { } share => string.Create(
                CultureInfo.InvariantCulture,
                $"expected saving {share * 100:F1} % of the best setting's {(state.Goal.CapsPower ? "latency" : "power")}"),
            _ => $"nothing measured keeps the {(state.Goal.CapsPower ? "power cap" : "SLA")} yet: the likeliest to keep it",
        });

    /// <summary>Measure a candidate.</summary>
    public static SearchDecision Probe(SearchState state, Candidate candidate, string kind, double? gain) =>
        Probe(state, state.SettingOf(candidate), candidate.Forecast, kind, gain);

    /// <summary>Hold a setting.</summary>
    public static SearchDecision Settle(SearchState state, Setting setting, Forecast forecast, string why) =>
        Make(state, SearchAction.Settle, setting, forecast, "settle", null, why);

    /// <summary>Nothing meets the SLA; hold the closest.</summary>
    public static SearchDecision Infeasible(SearchState state, Setting setting, Forecast forecast) =>
        Make(state, SearchAction.Infeasible, setting, forecast, "infeasible", null, state.Goal.CapsPower
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"no setting keeps {state.Request.Objective.PowerCapWatts:F1} W; the closest takes {Math.Exp(forecast.LogWatts):F1} W")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"no setting meets {state.Request.SlaUs:F0} µs; the closest reaches {Math.Exp(forecast.LogLatency):F0} µs"));

    private static SearchDecision Make(
        SearchState state, SearchAction action, Setting setting, Forecast forecast, string kind, double? gain, string why) =>
        new(action, setting, kind, Math.Exp(forecast.LogWatts), Math.Exp(forecast.LogLatency), state.ProbabilityOf(forecast), gain, why);
}
