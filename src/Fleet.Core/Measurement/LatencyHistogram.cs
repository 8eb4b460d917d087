namespace Fleet.Core.Measurement;

/// <summary>Latencies as counts of log-linear buckets.</summary>
public sealed class LatencyHistogram
{
}
