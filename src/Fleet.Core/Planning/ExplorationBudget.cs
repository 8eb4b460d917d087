namespace Fleet.Core.Planning;

/// <summary>How many nodes may search at once: a share of the pool, at least one, and none soon after a membership change.</summary>
internal sealed class ExplorationBudget(PlanningOptions options)
{
    private DateTimeOffset _quietUntil = DateTimeOffset.MinValue;

    /// <summary>Notes a membership change.</summary>
    public void MembershipChanged(DateTimeOffset now) => _quietUntil = now + options.MembershipQuiet;

    /// <summary>Whether one more node may start to search.</summary>
    /// <param name="now">Present time.</param>
    /// <param name="nodes">Nodes of the pool.</param>
    /// <param name="searching">Nodes that search now.</param>
    /// <param name="changing">Whether a membership change is in progress.</param>
    /// <param name="share">The pool's own share; null: the options'.</param>
    public bool Allows(DateTimeOffset now, int nodes, int searching, bool changing, double? share = null) =>
        !changing && now >= _quietUntil && searching < Math.Max(1, (int)(nodes * (share ?? options.MaxExploringShare)));
}
