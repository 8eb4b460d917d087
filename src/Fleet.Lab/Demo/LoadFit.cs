namespace Fleet.Lab.Demo;

/// <summary>
/// Fits the offered load to the machine. Load and proxy share a core; when it is full, requests reach the servers in bursts and the
/// controller gets no time, so the run would measure the plant's own queue. How much a request costs there differs several times between
/// machines (a wake-up on a virtual machine is dear), so it is measured, not assumed.
/// </summary>
internal static class LoadFit
{
    /// <summary>Most of the core that load, proxy and controller may take at the kernel default, 0 to 1.</summary>
    public const double FullestCore = 0.8;

    /// <summary>Least load that a demo offers, requests/s: below it, too few requests fall into a window of 2 s for a 99th percentile.</summary>
    public const double LeastQps = 1_000;

    private const double Target = 0.7;
    private const double LargestCut = 0.5;
    private const double Step = 100;

    /// <summary>
    /// The load to try next: the same when it fits. A request costs more on a core with less to do, since fewer share a wake-up, so a cut
    /// in proportion is rarely enough and the result is measured again.
    /// </summary>
    /// <param name="qps">Load that was offered, requests/s.</param>
    /// <param name="busyRatio">Share of the core that was busy meanwhile, 0 to 1.</param>
    public static double Next(double qps, double busyRatio) =>
        busyRatio <= FullestCore ? qps : Math.Max(LeastQps, Step * Math.Round(qps * Math.Max(LargestCut, Target / busyRatio) / Step));
}
