namespace Fleet.Cli.Bench.Failover;

/// <summary>One strike at the owner of a pool.</summary>
/// <param name="Phase">Where the tuner was.</param>
/// <param name="Strike">What happened to the owner.</param>
/// <param name="TakeOverSeconds">From the strike until another controller had the lease, by the database's clock.</param>
/// <param name="SinceHeartbeatSeconds">From the struck controller's last heartbeat until then, by the database's clock.</param>
/// <param name="OldEpoch">Epoch of the struck owner.</param>
/// <param name="NewEpoch">Epoch of its successor.</param>
/// <param name="StaleCommands">Commands of an older epoch that an agent accepted after one of a newer epoch.</param>
/// <param name="RefusedCommands">Commands of the old epoch that agents refused in this row.</param>
/// <param name="Requests">Client requests answered through the proxy in this row.</param>
/// <param name="FailedRequests">Client requests that failed.</param>
/// <param name="Exploring">Nodes that had a probe in force at the strike.</param>
/// <param name="SettledAfterSeconds">From the strike until the last of them was back in its settled setting; 0 without any.</param>
internal sealed record FailoverRow(
    string Phase,
    string Strike,
    double TakeOverSeconds,
    double SinceHeartbeatSeconds,
    long OldEpoch,
    long NewEpoch,
    int StaleCommands,
    int RefusedCommands,
    long Requests,
    long FailedRequests,
    int Exploring,
    double SettledAfterSeconds);
