namespace Fleet.Simulation.Servers;

/// <summary>What other tenants of a machine do to a server: stalls of some milliseconds now and then, and jitter of the sensors.</summary>
public sealed record NoiseModel
{
    /// <summary>Stalls per second.</summary>
    /// <value>Default 0.1; range 0 to 100.</value>
    public double StallsPerSecond { get; init; } = 0.1;

    /// <summary>Mean length of a stall, exponentially distributed.</summary>
    /// <value>Default 3 ms; range 0 to 1 s.</value>
    public TimeSpan MeanStall { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>Standard deviation of ln(power) of one reading.</summary>
    /// <value>Default 0.015; range 0 to 1.</value>
    public double PowerSd { get; init; } = 0.015;
}
