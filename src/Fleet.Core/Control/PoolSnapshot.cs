using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Control;

/// <summary>What a pool's owner keeps across a restart or hand-over.</summary>
/// <param name="RouteRevision">Last revision of the routes.</param>
/// <param name="Classes">Observations by hardware class.</param>
/// <param name="Nodes">What is known of each node.</param>
public sealed record PoolSnapshot(
    long RouteRevision, ImmutableArray<ClassSnapshot> Classes, ImmutableArray<NodeSnapshot> Nodes);

/// <summary>Observations of one hardware class.</summary>
public sealed record ClassSnapshot(string HardwareClass, ImmutableArray<Observation> Observations);

/// <summary>One node's place in the pool and its settled setting.</summary>
public sealed record NodeSnapshot(
    string NodeId, string Address, string Membership, int Weight, Setting SettledSetting, double SettledQps);
