using System.Collections.Immutable;
using Fleet.Core.Routing;

namespace Fleet.Proxy.Engine;

/// <summary>A change of membership or weight whose moved keys are being warmed up: who owned what before, and what has been done.</summary>
/// <param name="Revision">Revision of the configuration that made the change.</param>
/// <param name="Previous">Owners before the change.</param>
/// <param name="Targets">Where they are, parallel to the previous table's nodes.</param>
/// <param name="EndsAt">Timestamp of the end.</param>
/// <param name="Counts">Counts of each loop.</param>
internal sealed record Move(
    ulong Revision, RouteTable Previous, ImmutableArray<NodeTarget> Targets, long EndsAt, ImmutableArray<MoveCounts> Counts)
{
    /// <summary>Sum over the loops; may be a turn late.</summary>
    public MoveCounts Sum()
    {
        var sum = new MoveCounts();
        foreach (MoveCounts counts in Counts)
        {
            sum.Add(counts);
        }

        return sum;
    }
}
