namespace Fleet.Lab.Report;

/// <summary>One second of the run.</summary>
/// <param name="AtSeconds">End of the second.</param>
/// <param name="Phase">Part of the run.</param>
/// <param name="SlaUs">The promised latency in force.</param>
/// <param name="Qps">Requests answered per second.</param>
/// <param name="ClientP99Us">99th percentile at the load, from when due.</param>
/// <param name="NodeP99Us">99th percentile per node, as the proxy sees it.</param>
/// <param name="CpuUsPerRequest">Server CPU per request.</param>
/// <param name="Watts">Power of all nodes.</param>
/// <param name="Failed">Requests failed in the second.</param>
public sealed record ReportSample(
    double AtSeconds,
    string Phase,
    double SlaUs,
    double Qps,
    double? ClientP99Us,
    IReadOnlyDictionary<string, double> NodeP99Us,
    double? CpuUsPerRequest,
    double? Watts,
    long Failed);
