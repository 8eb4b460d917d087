namespace Fleet.Cli.Bench.Failover;

/// <summary>Where the tuner is when the owner is struck: the phases of a trial in their order.</summary>
internal enum FailoverPhase
{
    /// <summary>The kernel default is measured.</summary>
    Observe,

    /// <summary>The first turn of a search has proposed a setting; its command is on its way.</summary>
    Propose,

    /// <summary>The agent has not answered the command yet.</summary>
    Apply,

    /// <summary>The setting is in force and settles.</summary>
    Settle,

    /// <summary>The setting is measured.</summary>
    Measure,

    /// <summary>A window was judged in this turn, and the next proposal is on its way.</summary>
    Decide,

    /// <summary>A setting is held.</summary>
    Hold,

    /// <summary>A probe is taken back, and the agent has not answered yet.</summary>
    Revert,
}
