namespace Fleet.Lab.Demo;

/// <summary>
/// Fits the offered load to the machine. Proxy and controller share a core, servers and load the other; when the first is full, requests
/// reach the servers in bursts and the controller gets no time, when the second is, the load does not keep its own schedule: the run would
/// measure the plant's own queue. With too little load a server gets so few requests that none can share a wake-up. How much a request costs
/// differs several times between machines (a wake-up on a virtual machine is dear), so it is measured, not assumed.
/// </summary>
internal static class LoadFit
{
    /// <summary>Most of either core that may be taken at the kernel default, 0 to 1.</summary>
    public const double FullestCore = 0.85;

    /// <summary>Least load that a demo offers, requests/s: below it, too few requests fall into a window of 2 s for a 99th percentile.</summary>
    public const double LeastQps = 1_000;

    /// <summary>Least of the fuller core that is to be taken, unless all of the load that was asked for takes less; 0 to 1.</summary>
    public const double EmptiestCore = 0.7;

    private const double Target = 0.78;

    // A core that is full does not say how much more it would take.
    private const double Saturated = 0.97;
    private const double SaturatedCut = 0.6;
    private const double LargestRise = 1.25;
    private const double Step = 100;

    /// <summary>
    /// The load to try next: the same when it fits. A request costs more on a core with less to do, since fewer share a wake-up, and less
    /// once the proxy's code has been compiled for speed; so a change in proportion is rarely right and the result is measured again.
    /// </summary>
    /// <param name="qps">Load that was offered, requests/s.</param>
    /// <param name="busyRatio">Share of the fuller core that was busy meanwhile, 0 to 1.</param>
    /// <param name="mostQps">Load that was asked for, requests/s.</param>
    public static double Next(double qps, double busyRatio, double mostQps)
    {
        double factor = busyRatio switch
        {
            >= Saturated => SaturatedCut,
            > FullestCore => Target / busyRatio,
            < EmptiestCore => Math.Min(LargestRise, Target / busyRatio),
            _ => 1,
        };
        double next = factor == 1 ? qps : Step * Math.Round(qps * factor / Step);
        return Math.Clamp(next, Math.Min(LeastQps, mostQps), mostQps);
    }
}
