using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Fleet.Core.Routing;

/// <summary>The routing policies by name.</summary>
public static class RoutingPolicies
{
    /// <summary>Name of <see cref="KetamaPolicy"/>, the default.</summary>
    public const string Ketama = "ketama";

    private static readonly FrozenDictionary<string, IRoutingPolicy> ByName =
        new IRoutingPolicy[] { new KetamaPolicy() }.ToFrozenDictionary(p => p.Name, StringComparer.Ordinal);

    /// <summary>The legal names in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. ByName.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Finds a policy; false for an unknown name.</summary>
    public static bool TryGet(string name, [NotNullWhen(true)] out IRoutingPolicy? policy) => ByName.TryGetValue(name, out policy);
}
