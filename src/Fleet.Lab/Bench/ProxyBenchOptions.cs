using System.Collections.Immutable;

namespace Fleet.Lab.Bench;

/// <summary>What the proxy benchmark measures.</summary>
public sealed record ProxyBenchOptions
{
    /// <summary>Number of connections and pipeline depth of the published table.</summary>
    public static ImmutableArray<(int Connections, int Pipeline)> AllPoints { get; } = [(50, 1), (50, 16), (200, 1), (1000, 1)];

    /// <summary>Names of all targets.</summary>
    public static ImmutableArray<string> AllTargets => BenchTarget.Names;

    /// <summary>Targets that are measured unless others are named.</summary>
    public static ImmutableArray<string> UsualTargets => [.. BenchTarget.Names.Where(n => BenchTarget.Loops(n) == 1)];

    /// <summary>Workloads.</summary>
    public ImmutableArray<BenchWorkload> Workloads { get; init; } = BenchWorkload.All;

    /// <summary>Connections and requests that wait on each.</summary>
    public ImmutableArray<(int Connections, int Pipeline)> Points { get; init; } = AllPoints;

    /// <summary>Targets.</summary>
    public ImmutableArray<string> Targets { get; init; } = UsualTargets;

    /// <summary>Measured time of a cell and target, all repetitions together.</summary>
    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Slices of a cell and target.</summary>
    public int Repetitions { get; init; } = 5;

    /// <summary>Time under load before each slice.</summary>
    public TimeSpan SliceWarmUp => TimeSpan.FromSeconds(Math.Clamp(Measured.TotalSeconds / Repetitions / 2, 0.02, 0.2));

    /// <summary>Time under load before the first slice of a workload that is asked for; null: twice the measured time, 3 s at most.</summary>
    public TimeSpan? FirstWarmUpAsked { get; init; }

    /// <summary>Time under load before the first slice of a workload: its code is compiled meanwhile, on the proxy's only core.</summary>
    public TimeSpan FirstWarmUp => FirstWarmUpAsked ?? TimeSpan.FromSeconds(Math.Clamp(Measured.TotalSeconds * 2, 0.1, 3));

    /// <summary>Time under load before the first slice of a cell.</summary>
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Clamp(Measured.TotalSeconds / 2, 0.05, 1));

    /// <summary>Part of the saturated rate at which latencies are measured too.</summary>
    public const double PacedShare = 0.6;

    /// <summary>Measured time of a cell and target at that rate; 0 leaves it out.</summary>
    public TimeSpan Paced { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Connections that are opened and left idle to see what memory they take; 0 leaves it out.</summary>
    public int IdleConnections { get; init; }

    /// <summary>
    /// Clients that ask for 1 MiB of requests each and read nothing, beside whom the latency below saturation is measured a second time; 0
    /// leaves it out.
    /// </summary>
    public int SlowClients { get; init; }

    /// <summary>
    /// Whether a third server, which stops for the length of a slice and is asked for its items by clients of their own, is there while the
    /// latency below saturation of the others is measured a second time.
    /// </summary>
    public bool SlowServer { get; init; }

    /// <summary>
    /// Share of each of its cores that a proxy may use, 0.05 to 1. Less than 1 where clients and servers need the same cores.
    /// </summary>
    public double ProxyShare { get; init; } = 1;

    /// <summary>
    /// Whether the cores are kept out of idle states that take time to leave. What a halted virtual core costs is its host's doing; but a
    /// host takes time from virtual cores that never halt, which long tails show.
    /// </summary>
    public bool NoIdleStates { get; init; }

    /// <summary>Core that every proxy is pinned to; servers and clients have the others.</summary>
    public int ProxyCore { get; init; }

    /// <summary>The command that runs this program.</summary>
    public required IReadOnlyList<string> FleetCommand { get; init; }
}
