namespace Fleet.Simulation.Servers;

/// <summary>One measured cell and what a fitted model says of it.</summary>
/// <param name="Qps">Load, requests per second.</param>
/// <param name="DelayUs">Interrupt delay, microseconds.</param>
/// <param name="ClockMhz">Clock, MHz.</param>
/// <param name="Watts">Measured power.</param>
/// <param name="ModelWatts">The model's.</param>
/// <param name="PercentileUs">Measured p99, microseconds.</param>
/// <param name="ModelPercentileUs">The model's.</param>
public sealed record FitError(
    double Qps, double DelayUs, double ClockMhz, double Watts, double ModelWatts, double PercentileUs, double ModelPercentileUs)
{
    /// <summary>Model over measurement − 1.</summary>
    public double WattsError => (ModelWatts / Watts) - 1;

    /// <summary>Model over measurement − 1.</summary>
    public double PercentileError => (ModelPercentileUs / PercentileUs) - 1;
}
