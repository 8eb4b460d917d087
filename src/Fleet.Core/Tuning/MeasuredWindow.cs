namespace Fleet.Core.Tuning;

/// <summary>One measured window of one node under one setting.</summary>
/// <param name="End">End of the last slice.</param>
/// <param name="Qps">Requests per second.</param>
/// <param name="Requests">Requests answered.</param>
/// <param name="OverSla">Requests over the SLA.</param>
/// <param name="PercentileUs">Latency at the SLA's percentile, all slices; NaN without requests.</param>
/// <param name="SteadyPercentileUs">The same without slices that stand out: what the setting does, without passing noise.</param>
/// <param name="PercentileSd">Standard error of ln(percentile).</param>
/// <param name="Watts">Mean power; null without a trustworthy reading.</param>
/// <param name="WattsSd">Standard error of ln(watts).</param>
/// <param name="CpuUsPerRequest">Server and NAPI CPU time per request; null without readings.</param>
internal sealed record MeasuredWindow(
    DateTimeOffset End,
    double Qps,
    long Requests,
    long OverSla,
    double PercentileUs,
    double SteadyPercentileUs,
    double PercentileSd,
    double? Watts,
    double WattsSd,
    double? CpuUsPerRequest)
{
    /// <summary>Whether the window kept the promise, all slices counted.</summary>
    public bool Met(double percentile) => OverSla <= Requests * TailTest.Allowed(percentile);
}
