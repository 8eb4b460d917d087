using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Servers;

/// <summary>
/// A server as a measured surface describes it. Between the loads that were measured values are interpolated in ln(load), outside the
/// nearest load is used; a setting that was not measured at some load is interpolated over the loads at which it was.
/// </summary>
public sealed class SurfaceServer : IServer
{
    private readonly Dictionary<Setting, Curve> _curves;
    private readonly TailShape _shape;
    private readonly double _percentile;

    /// <summary>Creates the server.</summary>
    /// <param name="surface">What was measured.</param>
    /// <param name="percentile">The percentile of the surface's latency column, 50 to 99.99.</param>
    /// <param name="hardwareClass">Name of its class.</param>
    /// <param name="parkedWatts">Power without load, watts.</param>
    public SurfaceServer(Surface surface, double percentile = 99, string hardwareClass = "surface", double parkedWatts = 12)
    {
        ParkedWatts = parkedWatts;
        ArgumentNullException.ThrowIfNull(surface);
        Surface = surface;
        HardwareClass = hardwareClass;
        _percentile = percentile;
        _shape = new TailShape(percentile);
        _curves = surface.Space.Enumerate().Append(Setting.Default)
            .Select(s => (Setting: s, Cells: surface.Loads.Select(q => surface.Find(q, s)).OfType<SurfaceCell>().ToArray()))
            .Where(p => p.Cells.Length > 0)
            .ToDictionary(p => p.Setting, p => new Curve(p.Cells));
    }

    /// <summary>What was measured.</summary>
    public Surface Surface { get; }

    /// <summary>Power without load, watts.</summary>
    public double ParkedWatts { get; }

    /// <summary>Settings that were measured at one load at least, the kernel default among them when it was.</summary>
    public IEnumerable<Setting> Settings => _curves.Keys;

    /// <inheritdoc/>
    public KnobSpace Knobs => Surface.Space;

    /// <inheritdoc/>
    public string HardwareClass { get; }

    /// <inheritdoc/>
    public RunSpread Spread => new(Surface.WattsNoise, Surface.PercentileNoise);

    /// <summary>Whether the setting was measured.</summary>
    public bool Knows(Setting setting) => _curves.ContainsKey(setting);

    /// <inheritdoc/>
    public double Watts(Setting setting, double qps) => qps > 0 ? _curves[setting].At(qps).Watts : ParkedWatts;

    /// <summary>The latency at the surface's percentile, microseconds.</summary>
    public double PercentileUs(Setting setting, double qps) => _curves[setting].At(qps).PercentileUs;

    /// <inheritdoc/>
    public double PercentileUs(Setting setting, double qps, double percentile) => percentile.Equals(_percentile)
        ? PercentileUs(setting, qps)
        : throw new ArgumentException($"the surface gives p{_percentile}, not p{percentile}", nameof(percentile));

    /// <inheritdoc/>
    public double Busy(Setting setting, double qps) => Math.Clamp(qps / (Surface.Loads[^1] * 1.25), 0, 1);

    /// <inheritdoc/>
    public double DrawLatencyUs(Setting setting, double qps, Chance chance) => _shape.DrawUs(PercentileUs(setting, qps), chance);

    /// <inheritdoc/>
    public void Record(LatencyHistogram into, Setting setting, double qps, long requests, double factor, Chance chance) =>
        _shape.Record(into, PercentileUs(setting, qps) * factor, requests, chance);

    private sealed class Curve(SurfaceCell[] cells)
    {
        private readonly double[] _logLoads = [.. cells.Select(c => Math.Log(c.Qps))];

        public (double Watts, double PercentileUs) At(double qps)
        {
            double logLoad = Math.Log(Math.Max(qps, 1e-9));
            int above = 0;
            while (above < cells.Length && _logLoads[above] < logLoad)
            {
                above++;
            }

            if (above == 0 || above == cells.Length)
            {
                SurfaceCell nearest = cells[Math.Min(above, cells.Length - 1)];
                return (nearest.Watts, nearest.PercentileUs);
            }

            double share = (logLoad - _logLoads[above - 1]) / (_logLoads[above] - _logLoads[above - 1]);
            (SurfaceCell low, SurfaceCell high) = (cells[above - 1], cells[above]);
            return (low.Watts + (share * (high.Watts - low.Watts)), low.PercentileUs + (share * (high.PercentileUs - low.PercentileUs)));
        }
    }
}
