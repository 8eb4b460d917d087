namespace Fleet.Core.Planning;

/// <summary>Dials of membership changes and of the exploration budget.</summary>
public sealed record PlanningOptions
{
    /// <summary>Largest share of the pool's nodes that search at once; one node may always.</summary>
    /// <value>Default 0.05; range 0 to 1. Higher: the pool learns faster and more requests meet a setting that is not proven.</value>
    public double MaxExploringShare { get; init; } = 0.05;

    /// <summary>No search starts for this long after a membership change.</summary>
    /// <value>Default 5 min; range 0 to 24 h.</value>
    public TimeSpan MembershipQuiet { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A joining node's agent is waited for this long before the node is routed without it.</summary>
    /// <value>Default 10 s; range 0 to 10 min.</value>
    public TimeSpan AgentWait { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long nodes may take to put a setting for the coming load in force.</summary>
    /// <value>Default 8 s; range 1 s to 10 min.</value>
    public TimeSpan PrepareTimeout { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Steps in which a joining node gets its weight.</summary>
    /// <value>Default 4; range 1 to 100.</value>
    public int RampSteps { get; init; } = 4;

    /// <summary>Time between two steps of the ramp.</summary>
    /// <value>Default 1 s; range 0 to 10 min.</value>
    public TimeSpan RampInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Unacknowledged routes are sent again after this.</summary>
    /// <value>Default 2 s; range 100 ms to 60 s.</value>
    public TimeSpan RouteRepeat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>A change goes on without the proxies' acknowledgement after this.</summary>
    /// <value>Default 10 s; range 1 s to 10 min.</value>
    public TimeSpan RouteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A leaving node is removed after this even with requests in flight.</summary>
    /// <value>Default 10 s; range 0 to 10 min.</value>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long the restoration of a leaving node's kernel default is waited for.</summary>
    /// <value>Default 6 s; range 0 to 10 min.</value>
    public TimeSpan RestoreTimeout { get; init; } = TimeSpan.FromSeconds(6);
}
