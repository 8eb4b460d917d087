namespace Fleet.Core.Models;

/// <summary>
/// What is believed of one output (ln watts or ln latency) before anything is measured. Slopes are over the whole range of a knob.
/// They come
/// from physics that holds on any server (a delay adds itself to the tail and lets work batch; a faster clock serves sooner and
/// draws more), each with a standard deviation about as large as itself, so that a few windows overrule them.
/// </summary>
internal sealed record OutputPrior
{
    /// <summary>Kernel of what the linear part leaves over.</summary>
    public required KernelPrior Kernel { get; init; }

    /// <summary>Change of the output from the slowest to the fastest clock.</summary>
    public required Weight Clock { get; init; }

    /// <summary>Change of the output over a delay's logarithmic range, beside <see cref="DelayTail"/>.</summary>
    public required Weight DelayAxis { get; init; }

    /// <summary>Weight of ln(1 + delay / base latency), which is 1 when a request waits for the whole delay.</summary>
    public required Weight DelayTail { get; init; }

    /// <summary>
    /// Rise towards the slowest clock beside the slope, as the square of the distance from the fastest: queues grow without bound
    /// where the clock no longer carries the load, and how near that is cannot be known beforehand.
    /// </summary>
    public Weight ClockKnee { get; init; }

    /// <summary>Rise towards the shortest delay beside the slope: an interrupt for each request is work too.</summary>
    public Weight DelayKnee { get; init; }

    /// <summary>Rise where the clock is slowest and the delay shortest, beside both knees: interrupts fill a slow core first.</summary>
    public Weight Overload { get; init; }

    /// <summary>Change of the output for a factor e of load.</summary>
    public required Weight Load { get; init; }

    /// <summary>Change over the range of a knob without a known role.</summary>
    public Weight OtherAxis { get; init; } = new(0, 0.3);

    /// <summary>Distance of the kernel default, or of "off", from the axes' middle.</summary>
    public Weight Arm { get; init; } = new(0, 0.3);

    /// <summary>Standard deviation of the level.</summary>
    public double LevelSd { get; init; } = 1;

    /// <summary>Least standard error of one window: run-to-run effects that the window's own statistics do not show.</summary>
    public required double NoiseFloor { get; init; }

    /// <summary>Power. Floor: pooled repeat spread of published memcached runs, 1.2 %.</summary>
    public static OutputPrior LogWatts { get; } = new()
    {
        Kernel = new KernelPrior { LogVarianceMean = Math.Log(0.02), LogVarianceSd = 1 },
        Clock = new(0.4, 0.4),
        DelayAxis = new(-0.2, 0.2),
        DelayTail = new(0, 0),
        Load = new(0.3, 0.4),
        NoiseFloor = 0.012,
    };

    /// <summary>Tail latency. Floor: pooled repeat spread of published memcached runs, 1.5 %.</summary>
    public static OutputPrior LogLatency { get; } = new()
    {
        Kernel = new KernelPrior { LogVarianceMean = Math.Log(0.2), LogVarianceSd = 1.5 },
        Clock = new(-0.4, 0.4),
        DelayAxis = new(0, 0.2),
        DelayTail = new(1, 0.4),
        ClockKnee = new(0.8, 0.8),
        DelayKnee = new(0.2, 0.4),
        Overload = new(0.4, 0.8),
        Load = new(0.3, 0.6),
        NoiseFloor = 0.015,
    };
}

/// <summary>A normal prior of one weight of the linear part.</summary>
/// <param name="Mean">Most likely value.</param>
/// <param name="Sd">Standard deviation.</param>
internal readonly record struct Weight(double Mean, double Sd);
