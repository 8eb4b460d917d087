using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Core.Control;

/// <summary>Something that happened to a pool; lost or repeated events are harmless.</summary>
public abstract record PoolEvent;

/// <summary>The operator's wish, as it is now.</summary>
public sealed record SpecSet(PoolSpec Spec) : PoolEvent;

/// <summary>A slice of one node's traffic, all proxies and loops summed.</summary>
public sealed record SliceArrived(string NodeId, TrafficSlice Slice) : PoolEvent;

/// <summary>A reading of one node's sensors.</summary>
public sealed record ReadingArrived(string NodeId, NodeReading Reading) : PoolEvent;

/// <summary>The node's agent answers, and this is what it has.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="HardwareClass">Nodes of one class share what is learned.</param>
/// <param name="Space">Available knobs.</param>
public sealed record AgentConnected(string NodeId, string HardwareClass, KnobSpace Space) : PoolEvent;

/// <summary>The node's agent does not answer; its lease decides what the node does meanwhile.</summary>
public sealed record AgentLost(string NodeId, string Reason) : PoolEvent;

/// <summary>An <see cref="ApplySetting"/> succeeded.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="CommandId">The command's id.</param>
/// <param name="ReadBack">What is in force: the setting that counts as tried.</param>
public sealed record SettingApplied(string NodeId, string CommandId, Setting ReadBack) : PoolEvent;

/// <summary>An <see cref="ApplySetting"/> failed; the previous setting is in force.</summary>
public sealed record ApplyFailed(string NodeId, string CommandId, string Error) : PoolEvent;

/// <summary>Every connected proxy routes by this revision.</summary>
public sealed record RoutesAcknowledged(long Revision) : PoolEvent;

/// <summary>The node's server answers, or does not: what the proxies' health checks say.</summary>
public sealed record HealthChanged(string NodeId, bool Healthy) : PoolEvent;
