using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>
/// Finds the cheapest setting under an SLA in few windows, few of which break it. Two Gaussian processes (ln watts, ln latency) are
/// asked for the setting with the largest expected saving times probability of meeting the SLA, behind a gate on that probability;
/// when the
/// expected saving falls below the stop gain, the winner is measured again until it is proven with margin, and held.
/// </summary>
public sealed class ConstrainedSearch : ISettingSearch, ISettingRanking
{
    private const double JumpProbability = 0.95;
    private const double JumpLatencySd = 0.1;
    private const double JumpWattsSd = 0.06;
    private const double Caution = 3;
    private const double HopelessProbability = 0.02;
    private const int HopelessTrials = 8;

    /// <inheritdoc/>
    public string Name => "fleet";

    /// <inheritdoc/>
    public SearchDecision Next(SearchRequest request)
    {
        if (request.Space.Cells == 0)
        {
            return new(SearchAction.Settle, Setting.Default, "settle", null, null, null, null, "the node has no knob to turn");
        }

        ContextModel? model = ContextModel.Fit(request);
        if (model is null || (model.Rows.Length < InitialDesign.WarmRows && InitialDesign.MustMeasureDefault(request, model)))
        {
            return InitialDesign.First(request);
        }

        var state = new SearchState(request, model);
        List<(Setting Setting, Forecast Forecast)> candidates = state.ScoreCandidates();
        if (request.TrialsSoFar >= request.Options.TrialBudget)
        {
            return Settlement.AtBudget(state);
        }

        return TryJump(state, candidates) ?? TryProbe(state, candidates) ?? Settlement.Next(state);
    }

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting)
    {
        ContextModel? model = request.Space.Cells == 0 ? null : ContextModel.Fit(request);
        if (model is null || !request.Space.Contains(setting))
        {
            return null;
        }

        Forecast forecast = new SearchState(request, model).Score(setting);
        return new SettingPrediction(
            Math.Exp(forecast.LogWatts),
            forecast.WattsSd,
            Math.Exp(forecast.LogLatency),
            forecast.LatencySd,
            Numerics.NormalTails.Cdf(forecast.SlackZ(Math.Log(request.SlaUs))));
    }

    /// <inheritdoc/>
    public IReadOnlyList<RankedSetting> Rank(SearchRequest request, ImmutableArray<Setting> always, int limit) =>
        SettingRanking.Of(request, always, limit);

    /// <summary>The cheapest setting that the model is sure of, when nothing else promises more: worth holding at once.</summary>
    private static SearchDecision? TryJump(SearchState state, List<(Setting Setting, Forecast Forecast)> candidates)
    {
        if (state.Request.TrialsSoFar > 0 || state.Measured.Length > 0)
        {
            return null;
        }

        int best = -1;
        for (int i = 0; i < candidates.Count; i++)
        {
            Forecast f = candidates[i].Forecast;
            if (f.LatencySd <= JumpLatencySd && f.WattsSd <= JumpWattsSd && state.ProbabilityOf(f) >= JumpProbability
                && (best < 0 || f.LogWatts < candidates[best].Forecast.LogWatts))
            {
                best = i;
            }
        }

        return best < 0 ? null : Decisions.Probe(state, candidates[best].Setting, candidates[best].Forecast, "jump", null);
    }

    private static SearchDecision? TryProbe(SearchState state, List<(Setting Setting, Forecast Forecast)> candidates)
    {
        SearchOptions options = state.Request.Options;
        double logStop = Math.Log(InitialDesign.IsWarm(state) ? options.WarmStopGain : options.StopGain);
        if ((state.Incumbent?.Forecast.LogWatts ?? Believed(state, candidates)) is { } reference)
        {
            (int best, double gain) = Best(state, candidates, reference, InitialDesign.Gate(state), 1);
            if (best < 0 || gain < logStop)
            {
                // Behind the gate nothing is worth a window: a likely setting in front of it shows whether the gate is right.
                (best, gain) = Best(state, candidates, reference, InitialDesign.RelaxedGate(state), Caution);
            }

            return best < 0 || gain < logStop
                ? null
                : Decisions.Probe(state, candidates[best].Setting, candidates[best].Forecast, "probe", Math.Exp(gain));
        }

        int safest = -1;
        double safestScore = double.NegativeInfinity;
        for (int i = 0; i < candidates.Count; i++)
        {
            double feasible = Acquisition.LogFeasible(candidates[i].Forecast, state.LogLimit);
            if (feasible > safestScore)
            {
                (safestScore, safest) = (feasible, i);
            }
        }

        // Nothing measured meets the SLA: the likeliest to meet it is next, until even that is hopeless.
        return safest < 0 || (Math.Exp(safestScore) < HopelessProbability && state.Request.TrialsSoFar >= HopelessTrials)
            ? null
            : Decisions.Probe(state, candidates[safest].Setting, candidates[safest].Forecast, "probe", null);
    }

    /// <summary>Before anything was measured here: ln watts of the cheapest setting that the model believes in.</summary>
    private static double? Believed(SearchState state, List<(Setting Setting, Forecast Forecast)> candidates)
    {
        double? least = null;
        foreach ((_, Forecast f) in candidates)
        {
            if (state.Measured.IsEmpty && state.ProbabilityOf(f) >= JumpProbability && !(f.LogWatts >= least))
            {
                least = f.LogWatts;
            }
        }

        return least;
    }

    /// <summary>The candidate behind the gate with the largest score, ln gain + (caution − 1) · ln feasible, and its ln gain.</summary>
    private static (int Index, double LogGain) Best(
        SearchState state, List<(Setting Setting, Forecast Forecast)> candidates, double incumbentLogWatts, double gate, double caution)
    {
        int best = -1;
        double bestGain = double.NegativeInfinity;
        double bestScore = double.NegativeInfinity;
        double logGate = Math.Log(gate);
        for (int i = 0; i < candidates.Count; i++)
        {
            Forecast f = candidates[i].Forecast;
            double feasible = Acquisition.LogFeasible(f, state.LogLimit);
            if (feasible < logGate)
            {
                continue;
            }

            double gain = Acquisition.LogGain(f, incumbentLogWatts, state.LogLimit);
            double score = gain + ((caution - 1) * feasible);
            if (score > bestScore)
            {
                (best, bestGain, bestScore) = (i, gain, score);
            }
        }

        return (best, bestGain);
    }
}
