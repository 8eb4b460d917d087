namespace Fleet.Lab.Bench;

/// <summary>One measured cell.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Connections">Client connections.</param>
/// <param name="Pipeline">Requests that wait on each at any time.</param>
/// <param name="Target">Which proxy, or <c>direct</c>.</param>
/// <param name="RequestsPerSecond">Requests answered rightly, per second, the median of the repetitions.</param>
/// <param name="RequestsPerCpuSecond">The same per second of the proxy's CPU time; null without a proxy.</param>
/// <param name="P50Us">Median latency, µs.</param>
/// <param name="P99Us">99th percentile of the latency, µs.</param>
/// <param name="RatioToNutcracker">
/// Requests per CPU second over nutcracker's in the same repetition, the median of all; null when it was not measured.
/// </param>
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

    /// <summary>Lowest ratio of a repetition.</summary>
    public double? LowestRatio { get; init; }

    /// <summary>Highest ratio of a repetition.</summary>
    public double? HighestRatio { get; init; }

    /// <summary>Median latency over the median without a proxy in the same cell, µs; null when that was not measured.</summary>
    public double? AddedP50Us { get; init; }

    /// <summary>
    /// Requests per second of the measurement at <see cref="ProxyBenchOptions.PacedShare"/> of saturation: that share of what the slower of
    /// fleet and nutcracker reached in this cell, the same for every target; null when there was none.
    /// </summary>
    public double? PacedRequestsPerSecond { get; init; }

    /// <summary>Median latency at that rate, from when a request was due, µs.</summary>
    public double? PacedP50Us { get; init; }

    /// <summary>99th percentile of the latency at that rate, µs; the median of the repetitions.</summary>
    public double? PacedP99Us { get; init; }

    /// <summary>Clients that ask for much and read nothing, in the slices that <see cref="PacedP99BesideSlowUs"/> is of.</summary>
    public int SlowClients { get; init; }

    /// <summary>The same 99th percentile of the other clients while slow ones are there, µs; null when there were none.</summary>
    public double? PacedP99BesideSlowUs { get; init; }

    /// <summary>
    /// The same 99th percentile of clients that ask two servers, while a third one answers nothing and other clients wait for it, µs; null
    /// when there was none. Then nobody asks the third one in the other slices.
    /// </summary>
    public double? PacedP99BesideStoppedServerUs { get; init; }
}
