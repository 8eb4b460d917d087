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

    /// <summary>How often the planner looks whether another split of load is cheaper.</summary>
    /// <value>Default 10 s; range 250 ms to 1 h.</value>
    public TimeSpan PlanInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A node is parked only when every plan of this past agreed that it is not needed (Kubernetes' downscale stabilisation is 300 s).
    /// </summary>
    /// <value>Default 5 min; range 0 to 24 h. Longer: fewer moves, and more power after a peak.</value>
    public TimeSpan TurnOffDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Time between two moves of load that nothing forces.</summary>
    /// <value>Default 30 s; range 1 s to 1 h.</value>
    public TimeSpan MoveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Largest share of the active nodes that one move parks or wakes, at least one node; a need moves as many as it takes.</summary>
    /// <value>Default 0.1; range 0 to 1.</value>
    public double MaxMoveShare { get; init; } = 0.1;

    /// <summary>
    /// Largest change of the pool's power in one move, as a share of its power, at least one node's: supplies dislike sudden steps.
    /// </summary>
    /// <value>Default 0.1; range 0 to 1.</value>
    public double MaxPowerStep { get; init; } = 0.1;

    /// <summary>Share of the pool's power that a plan must save before nodes are parked for it.</summary>
    /// <value>Default 0.02; range 0 to 1.</value>
    public double LeastSaving { get; init; } = 0.02;

    /// <summary>Whether the active nodes can carry the load when one of them dies.</summary>
    /// <value>Default true. Without it a death breaks the promise until a parked node has load.</value>
    public bool Headroom { get; init; } = true;

    /// <summary>Most load that a plan gives one node, whatever the model thinks of it: the link's or a licence's limit.</summary>
    /// <value>Default none; greater than 0, requests per second.</value>
    public double MostNodeQps { get; init; } = double.PositiveInfinity;

    /// <summary>Probability of keeping the SLA that the model must give a setting for the planner to count on it.</summary>
    /// <value>Default 0.9; range 0.5 to 0.999. Higher: less load on each node.</value>
    public double PlanProbability { get; init; } = 0.9;

    /// <summary>Energy that one miss costs elsewhere (the back end that refills the key), joules; part of a keyed pool's plan.</summary>
    /// <value>Default 0.01 J (a back end of 100 W that answers 10,000 requests/s); range 0 to 1,000.</value>
    public double JoulesPerMiss { get; init; } = 0.01;

    /// <summary>Keys of a keyed pool that are asked for again while a plan lasts, as a share of a node's requests in one minute.</summary>
    /// <value>Default 0.1; range 0 to 1. A moved key misses once.</value>
    public double MovedKeyShare { get; init; } = 0.1;

    /// <summary>Share of the nodes that take a newly settled setting of their class, stage by stage; the first stage is one node.</summary>
    /// <value>Default 0.05, 0.25, 1; each 0 to 1, ascending.</value>
    public System.Collections.Immutable.ImmutableArray<double> RolloutStages { get; init; } = [0.05, 0.25, 1];

    /// <summary>A stage of a roll-out holds for this long before the next: two windows.</summary>
    /// <value>Default 6 s; range 0 to 1 h.</value>
    public TimeSpan RolloutBake { get; init; } = TimeSpan.FromSeconds(6);
}
