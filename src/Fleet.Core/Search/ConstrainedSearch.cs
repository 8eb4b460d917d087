using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Core.Search;

/// <summary>
/// Finds the setting with the least cost under a limit (least watts under an SLA, unless the objective says otherwise) in few windows, few
/// of which break it. Two Gaussian processes (ln watts, ln latency) are asked for the setting with the largest expected saving times
/// probability of keeping the limit, behind a gate on that probability; when the expected saving falls below the stop gain, the winner is
/// measured again until it is proven with margin, and held.
/// </summary>
public sealed class ConstrainedSearch : ISettingSearch, ISettingRanking
{
    private const double JumpProbability = 0.95;
    private const double JumpLatencySd = 0.1;
    private const double JumpWattsSd = 0.06;
    private const double Caution = 3;
    private const double HopelessProbability = 0.02;
    private const int HopelessTrials = 8;

    // The last request that was predicted for, with its model: a held window asks for two settings in a row. It is replaced as a whole, so
    // threads may share it.
    private volatile Fitted? _last;

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
        if (request.TrialsSoFar >= request.Options.TrialBudget)
        {
            return Settlement.AtBudget(state);
        }

        Candidate[] candidates = state.ScoreCandidates();
        return TryJump(state, candidates) ?? TryProbe(state, candidates) ?? Settlement.Next(state);
    }

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting)
    {
        if (request.Space.Cells == 0 || !request.Space.Contains(setting))
        {
            return null;
        }

        Fitted? fitted = _last;
        if (!ReferenceEquals(fitted?.Request, request))
        {
            _last = fitted = new Fitted(request, ContextModel.Fit(request) is { } model ? new SearchState(request, model) : null);
        }

        if (fitted!.State is not { } state)
        {
            return null;
        }

        Forecast forecast = state.Forecast(setting);
        return new SettingPrediction(
            Math.Exp(forecast.LogWatts),
            forecast.WattsSd,
            Math.Exp(forecast.LogLatency),
            forecast.LatencySd,
            new Goal(request.Objective.CapsPower, Math.Log(request.Objective.Limit(request.SlaUs))).Probability(forecast));
    }

    /// <inheritdoc/>
    public IReadOnlyList<RankedSetting> Rank(SearchRequest request, ImmutableArray<Setting> always, int limit) =>
        SettingRanking.Of(request, always, limit);

    /// <summary>The cheapest setting that the model is sure of, when nothing else promises more: worth holding at once.</summary>
    private static SearchDecision? TryJump(SearchState state, Candidate[] candidates)
    {
        if (state.Request.TrialsSoFar > 0 || state.Measured.Length > 0)
        {
            return null;
        }

        int best = -1;
        for (int i = 0; i < candidates.Length; i++)
        {
            Forecast f = candidates[i].Forecast;
            if (f.LatencySd <= JumpLatencySd && f.WattsSd <= JumpWattsSd && state.ProbabilityOf(f) >= JumpProbability
                && (best < 0 || state.Goal.LogCost(f) < state.Goal.LogCost(candidates[best].Forecast)))
            {
                best = i;
            }
        }

        return best < 0 ? null : Decisions.Probe(state, candidates[best], "jump", null);
    }

    private static SearchDecision? TryProbe(SearchState state, Candidate[] candidates)
    {
        SearchOptions options = state.Request.Options;
        double logStop = Math.Log(InitialDesign.IsWarm(state) ? options.WarmStopGain : options.StopGain);
        if ((state.Incumbent is { } incumbent ? state.Goal.LogCost(incumbent.Forecast) : Believed(state, candidates)) is { } reference)
        {
            (int best, double gain) = Best(state, candidates, reference, InitialDesign.Gate(state), 1);
            if (best < 0 || gain < logStop)
            {
                // Behind the gate nothing is worth a window: a likely setting in front of it shows whether the gate is right.
                (best, gain) = Best(state, candidates, reference, InitialDesign.RelaxedGate(state), Caution);
            }

            return best < 0 || gain < logStop ? null : Decisions.Probe(state, candidates[best], "probe", Math.Exp(gain));
        }

        int safest = -1;
        double safestScore = double.NegativeInfinity;
        for (int i = 0; i < candidates.Length; i++)
        {
            double feasible = state.Goal.LogFeasible(candidates[i].Forecast);
            if (feasible > safestScore)
            {
                (safestScore, safest) = (feasible, i);
            }
        }

        // Nothing measured keeps the limit: the likeliest to keep it is next, until even that is hopeless.
        return safest < 0 || (Math.Exp(safestScore) < HopelessProbability && state.Request.TrialsSoFar >= HopelessTrials)
            ? null
            : Decisions.Probe(state, candidates[safest], "probe", null);
    }

    /// <summary>Before anything was measured here: ln cost of the cheapest setting that the model believes in.</summary>
    private static double? Believed(SearchState state, Candidate[] candidates)
    {
        double? least = null;
        foreach (Candidate candidate in candidates)
        {
            double cost = state.Goal.LogCost(candidate.Forecast);
            if (state.Measured.IsEmpty && state.ProbabilityOf(candidate.Forecast) >= JumpProbability && !(cost >= least))
            {
                least = cost;
            }
        }

        return least;
    }

    /// <summary>
    /// The candidate behind the gate with the largest score, ln gain + (caution − 1) · ln feasible, and its ln gain. What changing to it
    /// costs is taken from the gain.
    /// </summary>
    private static (int Index, double LogGain) Best(
        SearchState state, Candidate[] candidates, double incumbentLogCost, double gate, double caution)
    {
        int best = -1;
        double bestGain = double.NegativeInfinity;
        double bestScore = double.NegativeInfinity;
        double gateZ = NormalTails.Quantile(Math.Clamp(gate, 0, 1));
        bool free = state.Request.Options.SwitchingCosts.IsEmpty;
        for (int i = 0; i < candidates.Length; i++)
        {
            // Most candidates are in front of the gate, and a logarithm far in the tail costs more than all else here.
            if (state.Goal.SlackZ(candidates[i].Forecast) < gateZ)
            {
                continue;
            }

            double feasible = state.Goal.LogFeasible(candidates[i].Forecast);
            double gain = state.Goal.LogGain(candidates[i].Forecast, incumbentLogCost);
            if (!free)
            {
                double left = Math.Exp(gain) - state.SwitchingCost(candidates[i]);
                gain = left > 0 ? Math.Log(left) : double.NegativeInfinity;
            }

            double score = gain + ((caution - 1) * feasible);
            if (score > bestScore)
            {
                (best, bestGain, bestScore) = (i, gain, score);
            }
        }

        return (best, bestGain);
    }

    private sealed record Fitted(SearchRequest Request, SearchState? State);
}
