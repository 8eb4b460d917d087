using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Hosting.Security;

namespace Fleet.Proxy.Pools;

/// <summary>A pool as somebody asked for it; nothing in it can be trusted before <see cref="Problems"/> is empty.</summary>
/// <param name="PoolId">Id of the pool.</param>
/// <param name="Listen">Where clients connect: ADDRESS:PORT; port 0 takes any free one. Empty: only other pools lead here.</param>
/// <param name="Policy">Name of the routing policy.</param>
/// <param name="Nodes">Nodes with address and weight.</param>
/// <param name="Revision">Grows with every change.</param>
internal sealed record PoolDefinition(
    string PoolId, string Listen, string Policy, ImmutableArray<RouteNode> Nodes, ulong Revision)
{
    public PoolKind Kind { get; init; }

    /// <summary>Marks of the part of a key that decides its node; empty: the whole key.</summary>
    public string HashTag { get; init; } = "";

    /// <summary>Keys of this pool's clients that belong to other pools.</summary>
    public ImmutableArray<PrefixRule> Prefixes { get; init; } = [];

    /// <summary>Null: requests to a lost node fail.</summary>
    public FailoverRule? Failover { get; init; }

    /// <summary>Null: moved keys start cold.</summary>
    public WarmUpRule? WarmUp { get; init; }

    /// <summary>Null: a key is read from its owner only.</summary>
    public HotKeyRule? HotKeys { get; init; }

    /// <summary>Null: nothing is shadowed.</summary>
    public ShadowRule? Shadow { get; init; }

    /// <summary>One request to the node for identical gets that overlap.</summary>
    public bool Coalesce { get; init; }

    public HealthRule Health { get; init; } = new();

    /// <summary>Clients connect by TLS; null: in plain text.</summary>
    public TlsFiles? ClientTls { get; init; }

    /// <summary>Nodes are connected to by TLS; null: in plain text.</summary>
    public TlsFiles? ServerTls { get; init; }

    /// <summary>Speaks memcached.</summary>
    public bool IsMemcached => Kind is PoolKind.Sharded or PoolKind.Replicated;

    /// <summary>The pools that this one leads to.</summary>
    public IEnumerable<(string Pool, string Why)> References() =>
        Prefixes.Select(p => (p.Pool, $"prefix \"{p.Prefix}\""))
            .Concat(Failover?.Pool is { } gutter ? [(gutter, "failover")] : [])
            .Concat(Shadow is { } shadow ? [(shadow.Pool, "shadow")] : []);

    /// <summary>Everything that is wrong with the definition.</summary>
    public List<string> Problems() => PoolProblems.Of(this);

    /// <summary>True when nothing but the revision differs.</summary>
    public bool Same(PoolDefinition other) =>
        Nodes.SequenceEqual(other.Nodes) && Prefixes.SequenceEqual(other.Prefixes)
        && this == other with { Nodes = Nodes, Prefixes = Prefixes, Revision = Revision };
}
