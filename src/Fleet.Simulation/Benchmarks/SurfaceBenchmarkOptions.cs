using System.Collections.Immutable;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>What to run on a surface.</summary>
public sealed record SurfaceBenchmarkOptions
{
    /// <summary>Promises, µs, each run at every load.</summary>
    public required ImmutableArray<double> SlasUs { get; init; }

    /// <summary>
    /// Loads whose observations are known before the search, or none for a cold start; a load is never warmed from itself.
    /// </summary>
    public ImmutableArray<double> WarmFrom { get; init; } = [];

    /// <summary>Settings known of each warm load, beside the default. Default 24.</summary>
    public int WarmSettings { get; init; } = 24;

    /// <summary>Seeds. Default 100.</summary>
    public int Runs { get; init; } = 100;

    /// <summary>First seed. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Names of methods: see <see cref="BenchmarkMethods.Names"/>.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["fleet"];

    /// <summary>Dials of the searches.</summary>
    public SearchOptions Search { get; init; } = new();
}
