using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Fleet.Core.Routing;

/// <summary>The routing policies by name.</summary>
public static class RoutingPolicies
{
    /// <summary>Ketama with libmemcached's number of points for each weight; the default: existing fleets keep their keys.</summary>
    public const string Ketama = "ketama";

    /// <summary>
    /// Ketama whose other nodes keep their points while one node's weight changes. libmemcached divides a fixed number of points by share,
    /// so there one node's weight moves keys between the others too; a pool whose weights the planner steps wants this one. Equal weights
    /// place every key as <see cref="Ketama"/> does.
    /// </summary>
    public const string KetamaSteady = "ketama-steady";

    /// <summary>Weighted rendezvous: exact shares, minimal movement, every look-up visits every node.</summary>
    public const string Rendezvous = "rendezvous";

    /// <summary>Jump hash: exact shares, no memory; nodes come and go at the end of the sorted ids only.</summary>
    public const string Jump = "jump";

    /// <summary>Maglev: one read a look-up, shares within 1 %, nearly minimal movement.</summary>
    public const string Maglev = "maglev";

    private static readonly FrozenDictionary<string, IRoutingPolicy> ByName =
        new IRoutingPolicy[]
        {
            new KetamaPolicy(Ketama, steady: false), new KetamaPolicy(KetamaSteady, steady: true),
            new RendezvousPolicy(), new JumpPolicy(), new MaglevPolicy(),
        }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>The legal names in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds a policy; false for an unknown name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out IRoutingPolicy? policy) => ByName.TryGetValue(name, out policy);
}
