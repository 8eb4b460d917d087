using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What a tuner answers to people: why, and what if. Nothing here changes anything.</summary>
internal sealed partial class Tuner
{
    // A planned load up to this much above the present one is the present one, measured a moment apart.
    private const double SameLoad = 1.01;

    /// <summary>Why the node has its setting, with the settings that were in question.</summary>
    public NodeExplanation Explain(int limit)
    {
        SearchRequest request = Request();
        Setting inForce = InForce ?? Setting.Default;
        ImmutableArray<Setting> always = [inForce, Settled, Setting.Default];
        IReadOnlyList<RankedSetting> ranked = (_services.Search as ISettingRanking)?.Rank(request, always, limit) ?? [];
        Dictionary<Setting, Observation[]> measured = MeasuredHere(request);
        IEnumerable<Setting> unranked = measured.Keys.Concat(always).Distinct().Where(s => ranked.All(r => !r.Setting.Equals(s)));
        double? held = ranked.FirstOrDefault(r => r.Setting.Equals(Settled))?.Prediction.Watts;
        ExplainedCandidate[] candidates =
        [
            .. ranked.Select(r => Candidate(r.Setting, r.Prediction, measured, held)),
            .. unranked.Take(ranked.Count == 0 ? limit : 0).Select(s => Candidate(s, null, measured, held)),
        ];
        return new NodeExplanation(
            _services.NodeId, _in.Sla, _watch.Load.Qps, inForce, Settled, _trigger, Phase, Reason, Trials, [.. candidates]);
    }

    /// <summary>What the node would be prepared with for a load and a promise, and what the model expects of it.</summary>
    /// <param name="qps">The load, requests per second.</param>
    /// <param name="sla">The promise.</param>
    /// <param name="nodeId">Another node of the same class that does not exist yet; null: this node.</param>
    public NodeOutlook Outlook(double qps, Sla sla, string? nodeId = null)
    {
        bool samePercentile = sla.Percentile.Equals(_in.Sla.Percentile);
        Setting held = nodeId is null ? Settled : Setting.Default;
        (Setting setting, string reason) = nodeId is null && !samePercentile
            ? (held, "the percentile changes: what was learned answers another question, so the node learns afresh from its setting")
            : PreparedWith(held, qps, sla, nodeId is not null);
        SearchRequest request = Request() with
        {
            NodeId = nodeId ?? _services.NodeId, Qps = Math.Max(qps, 1), SlaUs = sla.LatencyUs, Observations = _services.Knowledge.For(qps),
        };
        return new NodeOutlook(setting, samePercentile && qps > 0 ? _services.Search.Predict(request, setting) : null, reason);
    }

    private (Setting Setting, string Reason) PreparedWith(Setting held, double qps, Sla sla, bool isNew)
    {
        bool rises = isNew || qps > _watch.Load.Qps * SameLoad;
        if (!rises && !_services.Knowledge.IsKnownToBreak(held, qps, sla.LatencyUs))
        {
            return (held, "its load does not rise");
        }

        double need = rises ? qps * PrepareFactor : qps;
        bool bears = _watch.VerifiedQps >= need && sla.LatencyUs >= _in.Sla.LatencyUs;
        if (!held.IsDefault && (bears || _services.Knowledge.IsProven(held, need, sla.LatencyUs)))
        {
            return (held, "its setting is proven for this load");
        }

        Setting? point = isNew ? null : _points.For(need, sla.LatencyUs, Excluded)?.Setting;
        Setting? proven = point ?? _services.Knowledge.Proven(need, sla.LatencyUs, Excluded);
        return proven is { } setting
            ? (setting, string.Create(CultureInfo.InvariantCulture, $"proven at {need:0} req/s or more"))
            : (Setting.Default, string.Create(CultureInfo.InvariantCulture, $"no setting is proven at {need:0} req/s, so the kernel default"));
    }

    private static Dictionary<Setting, Observation[]> MeasuredHere(SearchRequest request) => request.Observations
        .Where(o => Math.Abs(Math.Log(o.Qps / request.Qps)) <= ContextModel.SameLoad)
        .GroupBy(o => o.Setting)
        .ToDictionary(g => g.Key, g => g.ToArray());

    private ExplainedCandidate Candidate(
        Setting setting, SettingPrediction? prediction, Dictionary<Setting, Observation[]> measured, double? heldWatts)
    {
        Observation[] windows = measured.GetValueOrDefault(setting) ?? [];
        Observation[] latest = [.. windows.TakeLast(3)];
        double? percentileUs = latest.Length == 0 ? null : latest.Average(o => o.PercentileUs);
        return new ExplainedCandidate(
            setting,
            prediction,
            latest.Length == 0 ? null : latest.Average(o => o.Watts),
            percentileUs,
            windows.Length,
            Verdict(setting, prediction, percentileUs, latest.Any(o => o.Censored), heldWatts));
    }

    private string Verdict(Setting setting, SettingPrediction? prediction, double? measuredUs, bool aborted, double? heldWatts) =>
        _actuator.Exploring && setting.Equals(_actuator.Wanted) ? "being tried"
        : setting.Equals(Settled) ? "held"
        : Excluded(setting) ? "quarantined, or refused by the host"
        : aborted ? "its probe broke the promise and was taken back"
        : measuredUs > _in.Sla.LatencyUs ? "measured over the promise"
        : prediction is null ? "no model yet"
        : prediction.ProbabilityFeasible < _options.Search.FeasibilityGate ? string.Create(
            CultureInfo.InvariantCulture,
            $"passed over: probability {prediction.ProbabilityFeasible:0.00} of the promise, {_options.Search.FeasibilityGate:0.00} needed")
        : prediction.Watts >= heldWatts ? "no cheaper than what is held"
        : measuredUs is null ? "not tried: the expected saving is not worth a window, or its turn has not come"
        : "measured; the model does not trust its saving";
}
