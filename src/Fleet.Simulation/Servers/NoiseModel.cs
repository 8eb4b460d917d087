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

    /// <summary>Bursts per minute that slow every node of the pool at once: another tenant of the machine or the network.</summary>
    /// <value>Default 0; range 0 to 600.</value>
    public double BurstsPerMinute { get; init; }

    /// <summary>Mean length of a burst, exponentially distributed.</summary>
    /// <value>Default 1 s; range 0 to 10 min.</value>
    public TimeSpan MeanBurst { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Largest factor on every latency during a burst; each burst draws its own, log-uniform from 2.</summary>
    /// <value>Default 20; range 2 to 1,000.</value>
    public double MostBurstFactor { get; init; } = 20;

    /// <summary>Standard deviation of ln(power) of one reading.</summary>
    /// <value>Default 0.015; range 0 to 1.</value>
    public double PowerSd { get; init; } = 0.015;
}
