using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// Draws the window that a trial of a cell would have measured: the cell's mean times a heavy-tailed factor. Repeat spreads of
/// published runs are small but heavy-tailed, so the factor's logarithm is a Student t with 4 degrees of freedom, scaled to the pooled
/// spread. A share of the windows may be stray: something else ran on the server, and the tail is <see cref="StrayFactor"/> times what
/// the setting gives.
/// </summary>
internal sealed class TrialNoise(ulong seed, double wattsSd, double percentileSd, double strayShare = 0)
{
    /// <summary>How much longer the tail of a stray window is.</summary>
    public const double StrayFactor = 3;

    private const int Degrees = 4;
    private const long Draws = 1_000_000;
    private SeededNoise _random = new(seed);

    // A sequence of its own: the other windows of a seed are the same with strays and without.
    private SeededNoise _strays = new(seed ^ 0x5717);

    /// <summary>One window of the cell.</summary>
    public Observation Measure(SurfaceCell cell, string node, DateTimeOffset at) => new(
        node,
        cell.Setting,
        cell.Qps,
        cell.Watts * Math.Exp(wattsSd * _random.NextStudent(Degrees)),
        0,
        cell.PercentileUs * Math.Exp(percentileSd * _random.NextStudent(Degrees)) * (IsStray() ? StrayFactor : 1),
        0,
        at);

    private bool IsStray() => strayShare > 0 && _strays.NextLong(Draws) < strayShare * Draws;
}
