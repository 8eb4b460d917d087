using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// Draws the window that a trial of a cell would have measured: the cell's mean times a heavy-tailed factor. Repeat spreads of
/// published runs are
/// small but heavy-tailed, so the factor's logarithm is a Student t with 4 degrees of freedom, scaled to the pooled spread.
/// </summary>
internal sealed class TrialNoise(ulong seed, double wattsSd, double percentileSd)
{
    private const int Degrees = 4;
    private SeededNoise _random = new(seed);

    /// <summary>One window of the cell.</summary>
    public Observation Measure(SurfaceCell cell, string node, DateTimeOffset at) => new(
        node,
        cell.Setting,
        cell.Qps,
        cell.Watts * Math.Exp(wattsSd * _random.NextStudent(Degrees)),
        0,
        cell.PercentileUs * Math.Exp(percentileSd * _random.NextStudent(Degrees)),
        0,
        at);
}
