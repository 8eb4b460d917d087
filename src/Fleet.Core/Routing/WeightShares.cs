using System.Collections.Immutable;

namespace Fleet.Core.Routing;

/// <summary>Shares of policies that follow the weights exactly in expectation.</summary>
internal static class WeightShares
{
    public static ImmutableArray<double> Of(ImmutableArray<RouteNode> nodes)
    {
        double total = nodes.Sum(n => (double)n.Weight);
        return [.. nodes.Select(n => total > 0 ? n.Weight / total : 0)];
    }
}
