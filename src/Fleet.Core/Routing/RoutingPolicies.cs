using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Fleet.Core.Routing;

/// <summary>The routing policies by name.</summary>
public static class RoutingPolicies
{
    /// <summary>Ketama with libmemcached's number of points for each weight; the default.</summary>
    public const string Ketama = "ketama";

    /// <summary>Ketama whose other nodes keep their points while one node's weight falls to 0 and the node leaves.</summary>
    public const string KetamaSteady = "ketama-steady";

    private static readonly FrozenDictionary<string, IRoutingPolicy> ByName =
        new IRoutingPolicy[] { new KetamaPolicy(Ketama, steady: false), new KetamaPolicy(KetamaSteady, steady: true) }
            .ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>The legal names in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds a policy; false for an unknown name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out IRoutingPolicy? policy) => ByName.TryGetValue(name, out policy);
}
