using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Core.Search;

/// <summary>Everything that a search step depends on; the same request gives the same decision.</summary>
/// <param name="Space">Legal settings.</param>
/// <param name="NodeId">The node to tune.</param>
/// <param name="Qps">The load to tune for.</param>
/// <param name="SlaUs">The promise: latency at the percentile stays below this.</param>
/// <param name="Observations">What is known of the hardware class, any load and node, any order.</param>
/// <param name="Pending">Settings that sibling nodes try now at about this load.</param>
/// <param name="Excluded">Settings that must not be proposed (quarantined or refused by the host).</param>
/// <param name="TrialsSoFar">Windows already spent in this search.</param>
/// <param name="Now">Present time, for the age of observations.</param>
/// <param name="Seed">Decides ties and samples; nothing else is random.</param>
/// <param name="Options">Dials of the search.</param>
public sealed record SearchRequest(
    KnobSpace Space,
    string NodeId,
    double Qps,
    double SlaUs,
    ImmutableArray<Observation> Observations,
    ImmutableArray<Setting> Pending,
    ImmutableArray<Setting> Excluded,
    int TrialsSoFar,
    DateTimeOffset Now,
    ulong Seed,
    SearchOptions Options)
{
    /// <summary>What earlier fits of the class found and later ones may use; null: every fit looks for itself.</summary>
    internal Models.ModelMemory? Memory { get; init; }

    /// <summary>
    /// Whether only what the class found within the last minute may be used: whether a search is worth its windows is decided afresh.
    /// </summary>
    internal bool Afresh { get; init; }

    /// <summary>What is made least under which limit.</summary>
    public Objective Objective { get; init; } = Objective.LeastWatts;

    /// <summary>The setting in force, which a change would leave; null when it is unknown.</summary>
    public Setting? InForce { get; init; }
}
