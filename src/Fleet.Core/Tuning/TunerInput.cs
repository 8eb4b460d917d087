using System.Collections.Immutable;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>What the pool tells a node's tuner at each step.</summary>
/// <param name="Now">Present time.</param>
/// <param name="Sla">The promise.</param>
/// <param name="Mode">How far this node may go: Observe, Recommend or Active (a canary pool gives Active to one node).</param>
/// <param name="MayExplore">Whether the exploration budget lets this node start or go on with a search.</param>
/// <param name="PreparedQps">The load to be ready for while the membership changes; null when it does not.</param>
/// <param name="CommonTrouble">
/// Whether most other busy nodes that hold a setting are in trouble just now too: then no node's setting is to blame.
/// </param>
/// <param name="Pending">Settings that sibling nodes of the class probe now.</param>
internal sealed record TunerInput(
    DateTimeOffset Now,
    Sla Sla,
    ControlMode Mode,
    bool MayExplore,
    double? PreparedQps,
    bool CommonTrouble,
    ImmutableArray<Setting> Pending)
{
    /// <summary>The setting to wait in while the plan gives the node no load; null for a node with load.</summary>
    public Setting? Parked { get; init; }

    /// <summary>The setting to stay in while more load comes than any setting carries within the SLA; null when it does not.</summary>
    public Setting? Overload { get; init; }

    /// <summary>Nodes that share the model's time: the held setting is compared with the model this much more rarely.</summary>
    public double Sharers { get; init; } = 1;

    /// <summary>A point that a node of the class settled at this load, which this node may take without a search; null when none.</summary>
    public OperatingPoint? Adopt { get; init; }

    /// <summary>What the search makes least, under which limit.</summary>
    public Objective Objective { get; init; } = Objective.LeastWatts;
}
