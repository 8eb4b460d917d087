namespace Fleet.Cli.Bench.Failover;

/// <summary>What happens to the controller that owns the pool.</summary>
internal enum FailoverStrike
{
    /// <summary>It is killed (SIGKILL) and started again afterwards.</summary>
    Kill,

    /// <summary>It is stopped (SIGSTOP) for the pause, and does not know it when it goes on.</summary>
    Stop,

    /// <summary>Its network is cut for the pause: it goes on alone, and comes back.</summary>
    Cut,
}
