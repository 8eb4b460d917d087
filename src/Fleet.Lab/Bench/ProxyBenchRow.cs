namespace Fleet.Lab.Bench;

/// <summary>One measured cell.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Connections">Client connections.</param>
/// <param name="Pipeline">Requests that wait on each at any time.</param>
/// <param name="Target">Which proxy, or <c>direct</c>.</param>
/// <param name="RequestsPerSecond">Requests answered rightly, per second.</param>
/// <param name="RequestsPerCpuSecond">The same per second of the proxy's CPU time; null without a proxy.</param>
/// <param name="P50Us">Median latency, µs.</param>
/// <param name="P99Us">99th percentile of the latency, µs.</param>
/// <param name="RatioToNutcracker">Requests per CPU second over nutcracker's in the same cell; null when it was not measured.</param>
public sealed record ProxyBenchRow(
    string Workload,
    int Connections,
    int Pipeline,
    string Target,
    double RequestsPerSecond,
    double? RequestsPerCpuSecond,
    double P50Us,
    double P99Us,
    double? RatioToNutcracker)
{
    /// <summary>CPU time of the proxy over the measured time, 0 to 1 on one core; null without a proxy.</summary>
    public double? CpuShare { get; init; }
}
