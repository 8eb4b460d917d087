using System.Collections.Immutable;

namespace Fleet.Core.Planning;

/// <summary>Who carries what.</summary>
/// <param name="Loads">Requests per second of each node; 0 is parked.</param>
/// <param name="Watts">Power of all nodes, parked ones included.</param>
/// <param name="ShortfallQps">Load that no split carries within the SLA; above 0 every node is active and nothing is parked.</param>
/// <param name="HasHeadroom">Whether the other active nodes could carry all load when any one active node dies.</param>
public sealed record LoadPlan(ImmutableArray<double> Loads, double Watts, double ShortfallQps, bool HasHeadroom)
{
    /// <summary>Nodes with load.</summary>
    public int Active => Loads.Count(l => l > 0);
}
