using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>The methods that the surface benchmark compares, by name.</summary>
public static class BenchmarkMethods
{
    /// <summary>Every name, searches first.</summary>
    public static ImmutableArray<string> Names { get; } = ["fleet", "bayop", "random", "default", "best-static", "oracle"];

    /// <summary>The method for one load and promise of a surface.</summary>
    internal static ISettingSearch Create(string name, Surface surface, double qps, Promise promise) => name switch
    {
        "fleet" => new ConstrainedSearch(),
        "bayop" => new PenaltySearch(),
        "random" => new RandomSearch(),
        "default" => new FixedSetting(name, Setting.Default),
        "best-static" => new FixedSetting(name, BestStatic(surface, promise)),
        "oracle" => new FixedSetting(name, Optimum(surface, qps, promise)!.Setting),
        _ => throw new ArgumentException($"method \"{name}\" is not known; known: {string.Join(", ", Names)}", nameof(name)),
    };

    /// <summary>The cheapest cell that keeps the limit; null when none does.</summary>
    internal static SurfaceCell? Optimum(Surface surface, double qps, Promise promise) =>
        surface.At(qps).Where(promise.Keeps).MinBy(promise.Cost);

    /// <summary>The one setting that keeps the limit at every load with the least cost in sum; the default when none does.</summary>
    private static Setting BestStatic(Surface surface, Promise promise) =>
        surface.Space.Enumerate().Append(Setting.Default)
            .Select(s => (Setting: s, Cells: surface.Loads.Select(q => surface.Find(q, s)).ToList()))
            .Where(p => p.Cells.TrueForAll(c => c is not null && promise.Keeps(c)))
            .OrderBy(p => p.Cells.Sum(c => promise.Cost(c!)))
            .Select(p => p.Setting)
            .FirstOrDefault(Setting.Default);
}
