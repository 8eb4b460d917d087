using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Core.Control;

/// <summary>Something that the pool's host must do; repeated until an event says that it is done.</summary>
public abstract record PoolCommand;

/// <summary>Put a setting in force on a node. <see cref="Knobs.Setting.Default"/> restores the host's originals.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="CommandId">Unique for the pool; the answer carries it.</param>
/// <param name="Setting">What to apply.</param>
/// <param name="Exploring">True for a probe: the node returns to its settled setting when its lease ends.</param>
public sealed record ApplySetting(string NodeId, string CommandId, Setting Setting, bool Exploring) : PoolCommand;

/// <summary>Route by these weights from now on.</summary>
/// <param name="Revision">Grows with every change.</param>
/// <param name="Nodes">Nodes in the route table; weight 0 takes no new requests.</param>
public sealed record SetRoutes(long Revision, ImmutableArray<NodeWeight> Nodes) : PoolCommand;

/// <summary>One node's place in the routes.</summary>
public sealed record NodeWeight(string NodeId, string Address, int Weight);

/// <summary>The node left: drained, restored, no longer routed. Its connections can be closed and its record forgotten.</summary>
public sealed record NodeRemoved(string NodeId) : PoolCommand;

/// <summary>A decision for the audit log.</summary>
public sealed record RecordDecision(DecisionRecord Decision) : PoolCommand;

/// <summary>One decision of a node's tuner or of the pool, with its reason as data. Absent figures are null, never 0.</summary>
public sealed record DecisionRecord(
    DateTimeOffset At,
    string NodeId,
    string Kind,
    Setting Setting,
    string Trigger,
    double Qps,
    double? PredictedWatts,
    double? MeasuredWatts,
    double? PredictedPercentileUs,
    double? MeasuredPercentileUs,
    double? ProbabilityFeasible,
    double? ExpectedGain,
    string Reason);
