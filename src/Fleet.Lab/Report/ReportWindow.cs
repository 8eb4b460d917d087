namespace Fleet.Lab.Report;

/// <summary>One measured window of the comparison.</summary>
/// <param name="Pair">Number of the pair, from 1.</param>
/// <param name="Tuned">Whether the tuned settings were in force; else the kernel default.</param>
/// <param name="StartSeconds">When it began.</param>
/// <param name="DurationSeconds">Its length.</param>
/// <param name="Requests">Requests answered to the load.</param>
/// <param name="Failed">Requests failed.</param>
/// <param name="ClientP50Us">Median latency at the load, from when due, through the proxy.</param>
/// <param name="ClientP99Us">99th percentile at the load.</param>
/// <param name="NodeP99Us">99th percentile from the proxy's send to the node's reply, all nodes.</param>
/// <param name="WorstNodeP99Us">The same of the worst node: what the promise is about.</param>
/// <param name="WithinSlaRatio">Share of requests within the promised latency at the nodes, 0 to 1.</param>
/// <param name="ServerCpuUs">CPU time of memcached and NAPI threads, all nodes.</param>
/// <param name="CpuUsPerRequest">The same per request.</param>
/// <param name="Watts">Power of all nodes.</param>
/// <param name="SlaUs">The promised latency in force.</param>
public sealed record ReportWindow(
    int Pair,
    bool Tuned,
    double StartSeconds,
    double DurationSeconds,
    long Requests,
    long Failed,
    double? ClientP50Us,
    double? ClientP99Us,
    double? NodeP99Us,
    double? WorstNodeP99Us,
    double? WithinSlaRatio,
    double? ServerCpuUs,
    double? CpuUsPerRequest,
    double? Watts,
    double SlaUs);
