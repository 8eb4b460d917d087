namespace Fleet.Lab.Report;

/// <summary>Windows of 2 s in which a node held its setting, under one promise.</summary>
/// <param name="SlaUs">The promised latency.</param>
/// <param name="Windows">Node windows.</param>
/// <param name="Met">Those whose 99th percentile kept the promise.</param>
/// <param name="Requests">Requests in them.</param>
/// <param name="RequestsWithin">Requests within the promised latency.</param>
public sealed record HeldWindows(double SlaUs, long Windows, long Met, long Requests, long RequestsWithin)
{
    /// <summary>Share of windows that kept the promise, 0 to 1; null without windows.</summary>
    public double? MetRatio => Windows == 0 ? null : (double)Met / Windows;

    /// <summary>Share of requests within the promised latency, 0 to 1; null without requests.</summary>
    public double? RequestRatio => Requests == 0 ? null : (double)RequestsWithin / Requests;
}
