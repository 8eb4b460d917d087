using Fleet.Core.Control;
using Fleet.Core.Search;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>A simulated pool: its size, load and dials.</summary>
public sealed record SimulatedPoolOptions
{
    /// <summary>Decides every draw of servers, faults and searches.</summary>
    /// <value>Default 1; any value.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Servers at the start, named node1, node2, ….</summary>
    /// <value>Default 3; range 1 to 1,000.</value>
    public int Nodes { get; init; } = 3;

    /// <summary>What the first servers, and later ones without their own, do with a load.</summary>
    /// <value>Default null: the lab's veth plant.</value>
    public IServer? Server { get; init; }

    /// <summary>Classes of the servers, one after the other; takes the place of <see cref="Server"/>.</summary>
    /// <value>Default empty: all alike.</value>
    public System.Collections.Immutable.ImmutableArray<IServer> Classes { get; init; } = [];

    /// <summary>The command that replays the run, for the message of a broken invariant.</summary>
    /// <value>Default null: seed and dials are told.</value>
    public string? Replay { get; init; }

    /// <summary>Stands between the control and its world: what it returns is done instead of what was ordered. For tests of the invariants.</summary>
    internal Func<SimulatedPool, IReadOnlyList<PoolCommand>, IReadOnlyList<PoolCommand>>? Meddler { get; init; }

    /// <summary>Offered load of the pool, requests per second.</summary>
    /// <value>Default 24,000; greater than or equal to 0.</value>
    public double Qps { get; init; } = 24_000;

    /// <summary>The promise.</summary>
    /// <value>Default 99 % within 500 µs.</value>
    public Sla Sla { get; init; } = new(99, 500);

    /// <summary>What tuning makes least, under which limit.</summary>
    /// <value>Default least watts under the promise.</value>
    public Objective Objective { get; init; } = Objective.LeastWatts;

    /// <summary>How far control may go.</summary>
    /// <value>Default Active.</value>
    public ControlMode Mode { get; init; } = ControlMode.Active;

    /// <summary>Who decides how load is spread.</summary>
    /// <value>Default Declared: evenly.</value>
    public LoadBalance Balance { get; init; } = LoadBalance.Declared;

    /// <summary>Dials of the production control.</summary>
    public PoolControlOptions Control { get; init; } = new();

    /// <summary>Whether every moment carries the pool's view, which costs more than the step itself in a large pool.</summary>
    /// <value>Default true; without it <see cref="SimulatedMoment.View"/> is absent.</value>
    public bool Views { get; init; } = true;

    /// <summary>Without views: how long a slice of a node may be that holds its setting under an unchanged load for 5 s.</summary>
    /// <value>Default 10 s; at least one step.</value>
    public TimeSpan QuietSlice { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The same after <see cref="Steady"/>.</summary>
    /// <value>Default 10 s; at least <see cref="QuietSlice"/>.</value>
    public TimeSpan SteadySlice { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this time without a change a node is steady.</summary>
    /// <value>Default 10 min.</value>
    public TimeSpan Steady { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>What other tenants do.</summary>
    public NoiseModel Noise { get; init; } = new();

    /// <summary>What goes wrong on every node.</summary>
    public Faults Faults { get; init; } = new();

    /// <summary>Virtual time at the start.</summary>
    /// <value>Default 2026-01-01 UTC.</value>
    public DateTimeOffset Start { get; init; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
}
