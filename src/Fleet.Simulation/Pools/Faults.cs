namespace Fleet.Simulation.Pools;

/// <summary>What may go wrong in a simulated pool; every draw comes from the pool's seed.</summary>
public sealed record Faults
{
    /// <summary>Share of commands that never reach the node, or whose answer never comes back (half each).</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double LostApply { get; init; }

    /// <summary>Share of commands that the host refuses.</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double RefusedApply { get; init; }

    /// <summary>Share of commands that take seconds.</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double SlowApply { get; init; }

    /// <summary>Share of slices and readings that get lost.</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double LostTelemetry { get; init; }

    /// <summary>Share of slices and readings that come late, by one to eight steps.</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double LateTelemetry { get; init; }

    /// <summary>How far the clocks of two controllers may be apart: a successor's clock is off by up to this, either way.</summary>
    /// <value>Default 0; range 0 to 1 h.</value>
    public TimeSpan ClockSkew { get; init; }

    /// <summary>Largest timer that the host takes; larger ones are clamped silently.</summary>
    /// <value>Default none, microseconds.</value>
    public long? ClampUs { get; init; }

    /// <summary>Share of power readings that are lies: zero, negative, not a number, or a wrapped counter's 53 kW.</summary>
    /// <value>Default 0; range 0 to 1.</value>
    public double LyingPower { get; init; }

    /// <summary>Whether every power reading is missing.</summary>
    public bool NoPower { get; init; }
}
