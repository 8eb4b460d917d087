using System.Collections.Immutable;
using Fleet.Core.Control;

namespace Fleet.Controller.Storage;

/// <summary>What the operator asked of one pool.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Listen">Where the proxies listen: ADDRESS:PORT.</param>
/// <param name="Percentile">The promise's percentile, 50 to 99.99.</param>
/// <param name="LatencyUs">The promise's latency in microseconds, 10 to 60,000,000.</param>
/// <param name="Mode">How far control may go.</param>
/// <param name="Policy">Routing policy.</param>
/// <param name="Objective">Objective of the tuning.</param>
/// <param name="SpecVersion">Grows with every change of the pool's own fields; the resource version of the admin API.</param>
/// <param name="Nodes">The pool's nodes, also those that are leaving.</param>
/// <param name="Deleting">True from the operator's deletion until proxies and nodes are told and the documents are gone.</param>
/// <param name="ExplorationShare">Share of the nodes that may search at once, 0.01 to 1; null: the controller's option.</param>
/// <param name="MinActiveNodes">Nodes that a drain or removal without force leaves active, 1 or more.</param>
/// <param name="Paused">Tuning rests.</param>
/// <param name="Halted">The kill switch is on: every knob at its original.</param>
/// <param name="Balance">Who decides how load is spread over the nodes.</param>
/// <param name="PowerCapWatts">A node's power cap, watts, for the objective that has one; else 0.</param>
internal sealed record PoolDocument(
    string PoolId,
    string Listen,
    double Percentile,
    double LatencyUs,
    ControlMode Mode,
    string Policy,
    string Objective,
    long SpecVersion,
    ImmutableArray<NodeDocument> Nodes,
    bool Deleting = false,
    double? ExplorationShare = null,
    int MinActiveNodes = 1,
    bool Paused = false,
    bool Halted = false,
    LoadBalance Balance = LoadBalance.Declared,
    double PowerCapWatts = 0);

/// <summary>One node as the operator declared it.</summary>
/// <param name="NodeId">Unique in its pool.</param>
/// <param name="Address">The server, HOST:PORT.</param>
/// <param name="Agent">The agent's address; null when the node is routed but not tuned.</param>
/// <param name="Weight">Relative share of load, 1 to 1,000,000.</param>
/// <param name="Leaving">True from the operator's removal until the choreography is through.</param>
/// <param name="Cordoned">Keeps the load that it has.</param>
/// <param name="Paused">Tuning rests on this node.</param>
/// <param name="Drained">A member without load.</param>
/// <param name="Version">Grows with every change of the node; its resource version in the admin API.</param>
internal sealed record NodeDocument(
    string NodeId,
    string Address,
    string? Agent,
    int Weight,
    bool Leaving,
    bool Cordoned = false,
    bool Paused = false,
    bool Drained = false,
    long Version = 1);

/// <summary>What a pool learned and where its routes stand.</summary>
internal sealed record PoolStateDocument(PoolSnapshot Snapshot);

/// <summary>One proxy as the operator declared it.</summary>
/// <param name="ProxyId">The proxy.</param>
/// <param name="Control">Its control address.</param>
/// <param name="PendingRemovals">Deleted pools that the proxy was not told about yet.</param>
internal sealed record ProxyDocument(string ProxyId, string Control, ImmutableArray<PendingRemoval> PendingRemovals);

/// <summary>A deleted pool that a proxy was not told about yet.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Epoch">Epoch of the owner that deleted it: the proxy refuses the removal when a later owner serves the name again.</param>
internal sealed record PendingRemoval(string PoolId, ulong Epoch);

/// <summary>Whether every pool is halted, since when, by whom and why.</summary>
internal sealed record KillSwitchDocument(bool On, string Reason, string Actor, DateTimeOffset At);

/// <summary>The answer to a write that carried a request id, so that a repeat answers the same.</summary>
/// <param name="Method">Method of the admin API.</param>
/// <param name="Fingerprint">Hash of the request.</param>
/// <param name="Response">The answer, as sent.</param>
/// <param name="At">When it was answered.</param>
internal sealed record RequestDocument(string Method, string Fingerprint, byte[] Response, DateTimeOffset At);

/// <summary>How often a controller started on this store: the fencing epoch.</summary>
internal sealed record EpochDocument(ulong Epoch);

/// <summary>How a pool stands, for controllers that do not own it.</summary>
/// <param name="View">The owner's view.</param>
/// <param name="AgentErrors">Last error of talking to an agent, by node.</param>
internal sealed record PoolStatusDocument(PoolView View, ImmutableDictionary<string, string> AgentErrors);
