using Fleet.Core.Knobs;

namespace Fleet.Simulation.Surfaces;

/// <summary>One measured cell of a surface: a setting at a load.</summary>
/// <param name="Qps">Requests per second; greater than 0.</param>
/// <param name="Setting">The setting; the kernel default for a row without knob values.</param>
/// <param name="Watts">Mean power; greater than 0.</param>
/// <param name="PercentileUs">Latency at the surface's percentile, µs; greater than 0.</param>
/// <param name="WattsSd">Standard deviation between runs; null when not given.</param>
/// <param name="PercentileUsSd">Standard deviation between runs, µs; null when not given.</param>
/// <param name="Runs">Runs behind the row; at least 1.</param>
public sealed record SurfaceCell(
    double Qps, Setting Setting, double Watts, double PercentileUs, double? WattsSd, double? PercentileUsSd, int Runs);
