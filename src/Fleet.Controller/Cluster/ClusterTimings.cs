namespace Fleet.Controller.Cluster;

/// <summary>
/// Timings of leases. A dead controller's pools act again within <see cref="Lease"/> + <see cref="AnyoneAfter"/> + one beat, and one more
/// second for the activation: below ten seconds.
/// </summary>
internal static class ClusterTimings
{
    /// <summary>Length of a lease, and of a controller's life without a heartbeat.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>Between heartbeats: four may be late before a lease ends.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>A free pool that a controller with less than its share leaves for this long goes to one that has its share, not more.</summary>
    public static readonly TimeSpan FairAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>A free pool that nobody took for this long goes to anyone.</summary>
    public static readonly TimeSpan AnyoneAfter = TimeSpan.FromSeconds(2);

    /// <summary>After a pool could not be activated, this controller leaves it to others for this long.</summary>
    public static readonly TimeSpan RetryActivation = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait for handing everything over at shutdown.</summary>
    public static readonly TimeSpan Drain = TimeSpan.FromSeconds(15);

    /// <summary>Between two writes of a pool's status for the other controllers: a second, and longer for pools that are long to write.</summary>
    public static TimeSpan Status(int nodes) => TimeSpan.FromSeconds(Math.Clamp(nodes / 100.0, 1, 10));
}
