using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Simulation.Surfaces;

/// <summary>Measured power and latency of one server over its settings and loads.</summary>
public sealed class Surface
{
    private readonly Dictionary<(double Qps, Setting Setting), SurfaceCell> _cells;

    /// <summary>Creates a surface from its cells, of which each (load, setting) occurs once.</summary>
    public Surface(KnobSpace space, IEnumerable<SurfaceCell> cells)
    {
        Space = space;
        _cells = cells.ToDictionary(c => (c.Qps, c.Setting));
        Loads = [.. _cells.Keys.Select(k => k.Qps).Distinct().Order()];
        WattsNoise = Pooled(c => (c.WattsSd, c.Watts), 0.012);
        PercentileNoise = Pooled(c => (c.PercentileUsSd, c.PercentileUs), 0.015);
    }

    /// <summary>The knobs with the values that occur.</summary>
    public KnobSpace Space { get; }

    /// <summary>Loads in ascending order, requests per second.</summary>
    public ImmutableArray<double> Loads { get; }

    /// <summary>
    /// Pooled relative spread of watts between runs; 1.2 % when the file gives none (the published memcached runs' value).
    /// </summary>
    public double WattsNoise { get; }

    /// <summary>
    /// Pooled relative spread of latency between runs; 1.5 % when the file gives none (the published memcached runs' value).
    /// </summary>
    public double PercentileNoise { get; }

    /// <summary>Cells at a load, the kernel default among them when it was measured.</summary>
    public IEnumerable<SurfaceCell> At(double qps) => _cells.Values.Where(c => c.Qps == qps);

    /// <summary>The cell, or null where nothing was measured.</summary>
    public SurfaceCell? Find(double qps, Setting setting) => _cells.GetValueOrDefault((qps, setting));

    private double Pooled(Func<SurfaceCell, (double? Sd, double Mean)> spread, double otherwise)
    {
        double squares = 0;
        double degrees = 0;
        foreach (SurfaceCell cell in _cells.Values)
        {
            if (cell.Runs > 1 && spread(cell) is ({ } sd, var mean))
            {
                squares += (cell.Runs - 1) * (sd / mean) * (sd / mean);
                degrees += cell.Runs - 1;
            }
        }

        return degrees >= 5 && squares > 0 ? Math.Sqrt(squares / degrees) : otherwise;
    }
}
