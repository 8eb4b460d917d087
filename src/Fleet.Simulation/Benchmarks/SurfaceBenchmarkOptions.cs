using System.Collections.Immutable;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>What to run on a surface.</summary>
public sealed record SurfaceBenchmarkOptions
{
    /// <summary>Promises, µs, each run at every load; with an objective that caps power only the first is used, if any.</summary>
    public required ImmutableArray<double> SlasUs { get; init; }

    /// <summary>Name of the objective: see <see cref="Objective.Names"/>.</summary>
    public string ObjectiveName { get; init; } = Objective.LeastWattsName;

    /// <summary>Power caps, watts, each run at every load, for the objective that has one.</summary>
    public ImmutableArray<double> PowerCapsWatts { get; init; } = [];

    /// <summary>
    /// Loads whose observations are known before the search, or none for a cold start; a load is never warmed from itself.
    /// </summary>
    public ImmutableArray<double> WarmFrom { get; init; } = [];

    /// <summary>Settings known of each warm load, beside the default. Default 24.</summary>
    public int WarmSettings { get; init; } = 24;

    /// <summary>
    /// Share of all windows, those of warm loads among them, whose tail is three times too long because something else ran on the server.
    /// Default 0; range 0 to 1.
    /// </summary>
    public double StrayShare { get; init; }

    /// <summary>Seeds. Default 100.</summary>
    public int Runs { get; init; } = 100;

    /// <summary>First seed. Default 1.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Names of methods: see <see cref="BenchmarkMethods.Names"/>.</summary>
    public ImmutableArray<string> Methods { get; init; } = ["fleet"];

    /// <summary>Dials of the searches.</summary>
    public SearchOptions Search { get; init; } = new();

    /// <summary>Every promise with its objective.</summary>
    internal IEnumerable<Promise> Promises => ObjectiveName == Objective.LeastLatencyUnderCap
        ? PowerCapsWatts.Select(w => new Promise(SlasUs.FirstOrDefault(1e6), new Objective(ObjectiveName, w)))
        : SlasUs.Select(s => new Promise(s, new Objective(ObjectiveName)));
}
