using System.Collections.Immutable;
using Fleet.Core.Search;

namespace Fleet.Core.Control;

/// <summary>The promise: at least <paramref name="Percentile"/> % of requests within <paramref name="LatencyUs"/>.</summary>
/// <param name="Percentile">Range 50 to 99.99.</param>
/// <param name="LatencyUs">Range 10 to 60,000,000 microseconds.</param>
public sealed record Sla(double Percentile, double LatencyUs);

/// <summary>How far the controller may go.</summary>
public enum ControlMode
{
    /// <summary>Watches only; every knob at its original.</summary>
    Observe,

    /// <summary>Decides and records but applies nothing.</summary>
    Recommend,

    /// <summary>Applies on one node at a time.</summary>
    Canary,

    /// <summary>Applies.</summary>
    Active,
}

/// <summary>Who decides how load is spread over the nodes of a pool.</summary>
public enum LoadBalance
{
    /// <summary>The operator: every node carries its declared weight.</summary>
    Declared,

    /// <summary>The planner, freely: every node can answer every request.</summary>
    Replicated,

    /// <summary>The planner, sparingly: keys belong to nodes, and a key that moves misses once.</summary>
    Keyed,
}

/// <summary>What the operator asks for: one pool with its nodes.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Sla">Its promise.</param>
/// <param name="Mode">How far control may go.</param>
/// <param name="Nodes">Nodes that belong to the pool; a node that vanishes from the list leaves by the choreography.</param>
/// <param name="ExplorationShare">Share of the nodes that may search at once, 0.01 to 1; null: the options' share.</param>
/// <param name="Paused">Tuning rests: settled settings stay, nothing is tried.</param>
/// <param name="Balance">Who decides how load is spread; the planner acts in mode Active only.</param>
/// <param name="LeastActive">Nodes that no plan parks, 1 or more.</param>
public sealed record PoolSpec(
    string PoolId,
    Sla Sla,
    ControlMode Mode,
    ImmutableArray<NodeSpec> Nodes,
    double? ExplorationShare = null,
    bool Paused = false,
    LoadBalance Balance = LoadBalance.Declared,
    int LeastActive = 1)
{
    /// <summary>Whether the planner spreads the load.</summary>
    public bool Plans => Balance != LoadBalance.Declared && Mode == ControlMode.Active;

    /// <summary>What tuning makes least, under which limit.</summary>
    public Objective Objective { get; init; } = Objective.LeastWatts;
}

/// <summary>One node as the operator declares it.</summary>
/// <param name="NodeId">Unique in the pool.</param>
/// <param name="Address">The server, HOST:PORT; part of the hash ring's identity.</param>
/// <param name="Tunable">False when the node has no agent: routed but not tuned.</param>
/// <param name="Weight">Relative share of load, 1 to 1,000,000.</param>
/// <param name="Cordoned">The node keeps the load that it has: its weight never rises, and it does not search.</param>
/// <param name="Paused">Tuning rests on this node.</param>
/// <param name="Drained">The node gives its load away by the choreography and stays a member without load.</param>
public sealed record NodeSpec(
    string NodeId, string Address, bool Tunable, int Weight, bool Cordoned = false, bool Paused = false, bool Drained = false);
