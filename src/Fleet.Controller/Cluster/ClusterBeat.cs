using System.Collections.Immutable;

namespace Fleet.Controller.Cluster;

/// <summary>This controller as the others see it.</summary>
/// <param name="ControllerId">Unique for each start of a controller: a controller that comes back is another one.</param>
/// <param name="Address">Where its admin API answers.</param>
/// <param name="Draining">True while it hands everything over and takes nothing.</param>
internal sealed record MemberSelf(string ControllerId, string Address, bool Draining);

/// <summary>A live controller.</summary>
internal sealed record Member(string Controller_Id, string Address, bool Draining);

/// <summary>A pool and who owns it.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="Etag">Changes with every write of its spec.</param>
/// <param name="Owner">Who holds its lease; null when it is free.</param>
/// <param name="FreeFor">How long it has been free, by the database's clock; 0 while it is owned.</param>
internal sealed record PoolSeat(string PoolId, long Etag, string? Owner, TimeSpan FreeFor);

/// <summary>How the cluster stands, as one heartbeat found it.</summary>
/// <param name="Renewed">This controller's leases that go on.</param>
/// <param name="Members">Live controllers, this one among them.</param>
/// <param name="Pools">Every stored pool.</param>
/// <param name="ProxiesMark">Changes when a proxy is added, removed or written.</param>
/// <param name="Schema">Version of the database's schema.</param>
internal sealed record ClusterBeat(
    ImmutableHashSet<(string PoolId, ulong Epoch)> Renewed,
    ImmutableArray<Member> Members,
    ImmutableArray<PoolSeat> Pools,
    string ProxiesMark,
    int Schema);
