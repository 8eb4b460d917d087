using System.Collections.Immutable;

namespace Fleet.Lab.Sweeps;

/// <summary>A static grid of settings to measure, one after the other.</summary>
public sealed record SweepOptions
{
    /// <summary>Loads of a memcached sweep, requests per second.</summary>
    /// <value>Default 10,000; each 100 to 200,000.</value>
    public ImmutableArray<double> Loads { get; init; } = [10_000];

    /// <summary>Message sizes of a NetPIPE sweep, bytes.</summary>
    /// <value>Default those of the published study, 64 B to 512 KiB; each 1 to 8 MiB.</value>
    public ImmutableArray<int> MessageBytes { get; init; } = [64, 8192, 65_536, 524_288];

    /// <summary>
    /// Values to try per knob; a knob that is not named keeps to every legal value, or at the sending side of NetPIPE to the kernel default.
    /// </summary>
    public ImmutableDictionary<string, ImmutableArray<long>> Knobs { get; init; } = ImmutableDictionary<string, ImmutableArray<long>>.Empty;

    /// <summary>Length of one measurement.</summary>
    /// <value>Default 4 s; range 1 s to 10 min.</value>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time that a change takes effect before anything is measured.</summary>
    /// <value>Default 500 ms; range 0 to 60 s.</value>
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Measurements of each cell, interleaved so that a drift of the machine touches every cell alike.</summary>
    /// <value>Default 1; range 1 to 100.</value>
    public int Repeats { get; init; } = 1;

    /// <summary>Most settings of the grid.</summary>
    /// <value>Default 500.</value>
    public int MostSettings { get; init; } = 500;

    /// <summary>Seed of the load.</summary>
    public int Seed { get; init; } = 1;
}
