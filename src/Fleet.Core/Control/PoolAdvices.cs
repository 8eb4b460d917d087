using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>Why a node has its setting.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Sla">The promise that it works for.</param>
/// <param name="Qps">Load that the figures are for, requests per second.</param>
/// <param name="InForce">What is in force.</param>
/// <param name="Settled">What the tuner holds or returns to.</param>
/// <param name="Trigger">What started the present search or hold.</param>
/// <param name="Phase">Where the tuner is.</param>
/// <param name="Reason">For people.</param>
/// <param name="Trials">Windows spent in the present or last search.</param>
/// <param name="Candidates">Settings in question, the best first.</param>
public sealed record NodeExplanation(
    string NodeId,
    Sla Sla,
    double Qps,
    Setting InForce,
    Setting Settled,
    string Trigger,
    TunerPhase Phase,
    string Reason,
    int Trials,
    ImmutableArray<ExplainedCandidate> Candidates);

/// <summary>One setting in question.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Prediction">The model's view at the present load; null without a model.</param>
/// <param name="MeasuredWatts">Mean of its latest windows at about this load; null when it was not measured there.</param>
/// <param name="MeasuredPercentileUs">Mean of its latest windows at about this load; null when it was not measured there.</param>
/// <param name="Windows">Windows at about this load.</param>
/// <param name="Verdict">Why it is held, tried or passed over.</param>
public sealed record ExplainedCandidate(
    Setting Setting, SettingPrediction? Prediction, double? MeasuredWatts, double? MeasuredPercentileUs, int Windows, string Verdict);

/// <summary>A change to think through.</summary>
/// <param name="Sla">The promise as it would be.</param>
/// <param name="Nodes">The nodes as they would be; one that is missing would leave.</param>
/// <param name="Policy">Routing policy, for the keys that would move.</param>
/// <param name="Qps">Load to plan for, requests per second; null: the present load.</param>
public sealed record PlanQuery(Sla Sla, ImmutableArray<NodeSpec> Nodes, string Policy, double? Qps);

/// <summary>What a change would do. Figures that are not known are null, never 0.</summary>
/// <param name="Nodes">Every node before or after.</param>
/// <param name="MovedKeysShare">Share of the keys with another owner, 0 to 1.</param>
/// <param name="Qps">Load planned for, requests per second.</param>
/// <param name="PresentWatts">Sum of the nodes' power now.</param>
/// <param name="PredictedWatts">Sum of the nodes' power after the change.</param>
/// <param name="PresentPercentileUs">The slowest node's latency at the percentile now.</param>
/// <param name="PredictedPercentileUs">The slowest node's latency at the percentile after the change.</param>
/// <param name="Steps">What would be done, in order.</param>
/// <param name="Warnings">What speaks against the change.</param>
public sealed record PoolPlan(
    ImmutableArray<NodePlan> Nodes,
    double MovedKeysShare,
    double Qps,
    double? PresentWatts,
    double? PredictedWatts,
    double? PresentPercentileUs,
    double? PredictedPercentileUs,
    ImmutableArray<string> Steps,
    ImmutableArray<string> Warnings);

/// <summary>One node in a plan.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="Membership">"stays", "joins" or "leaves".</param>
/// <param name="PresentQps">Load now.</param>
/// <param name="PlannedQps">Load after the change.</param>
/// <param name="PresentWeight">Weight in the routes now.</param>
/// <param name="PlannedWeight">Weight after the change.</param>
/// <param name="PresentSetting">What is in force.</param>
/// <param name="Outlook">What the node would be prepared with, and what the model expects.</param>
/// <param name="PresentWatts">Power now.</param>
/// <param name="PresentPercentileUs">Latency at the percentile now.</param>
public sealed record NodePlan(
    string NodeId,
    string Membership,
    double PresentQps,
    double PlannedQps,
    int PresentWeight,
    int PlannedWeight,
    Setting PresentSetting,
    NodeOutlook Outlook,
    double? PresentWatts,
    double? PresentPercentileUs);

/// <summary>What a node would be prepared with for a load and a promise.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Prediction">The model's view of it; null without a model.</param>
/// <param name="Reason">Why this setting.</param>
public sealed record NodeOutlook(Setting Setting, SettingPrediction? Prediction, string Reason);
