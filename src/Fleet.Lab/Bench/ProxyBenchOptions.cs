using System.Collections.Immutable;

namespace Fleet.Lab.Bench;

/// <summary>What the proxy benchmark measures.</summary>
public sealed record ProxyBenchOptions
{
    /// <summary>Number of connections and pipeline depth of the published table.</summary>
    public static ImmutableArray<(int Connections, int Pipeline)> AllPoints { get; } = [(50, 1), (50, 16), (200, 1), (1000, 1)];

    /// <summary>Names of all targets.</summary>
    public static ImmutableArray<string> AllTargets => BenchTarget.Names;

    /// <summary>Workloads.</summary>
    public ImmutableArray<BenchWorkload> Workloads { get; init; } = BenchWorkload.All;

    /// <summary>Connections and requests that wait on each.</summary>
    public ImmutableArray<(int Connections, int Pipeline)> Points { get; init; } = AllPoints;

    /// <summary>Targets.</summary>
    public ImmutableArray<string> Targets { get; init; } = AllTargets;

    /// <summary>Measured time of a cell.</summary>
    public TimeSpan Measured { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Time under load before each measurement.</summary>
    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Clamp(Measured.TotalSeconds / 2, 0.05, 1));

    /// <summary>Core that every proxy is pinned to; servers and clients have the others.</summary>
    public int ProxyCore { get; init; }

    /// <summary>The command that runs this program.</summary>
    public required IReadOnlyList<string> FleetCommand { get; init; }
}
