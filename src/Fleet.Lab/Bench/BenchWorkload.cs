using System.Collections.Immutable;

namespace Fleet.Lab.Bench;

/// <summary>What the clients of a proxy benchmark ask for.</summary>
/// <param name="Name">Name on the command line and in the report.</param>
/// <param name="Items">Stored items; all are stored before the measurement.</param>
/// <param name="SetRatio">Share of requests that store, 0 to 1.</param>
/// <param name="KeysPerGet">Keys of one get.</param>
/// <param name="ValueBytes">Size of every value; null: sizes of keys and values as in Facebook's ETC pool.</param>
public sealed record BenchWorkload(string Name, int Items, double SetRatio, int KeysPerGet, int? ValueBytes)
{
    /// <summary>The workloads of the benchmark. Each reads and stores whole items of a fixed set, so that every reply can be checked.</summary>
    public static ImmutableArray<BenchWorkload> All { get; } =
    [
        new("get", 10_000, 0, 1, 100),
        new("set10", 10_000, 0.1, 1, 100),
        new("etc", 10_000, 0, 1, null),
        new("multiget100", 10_000, 0, 100, 100),
        new("100k", 200, 0, 1, 100 * 1024),
    ];
}
