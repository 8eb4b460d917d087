namespace Fleet.Core.Measurement;

/// <summary>What the proxies saw of one node in one interval (250 ms by default).</summary>
/// <param name="Start">Start of the interval.</param>
/// <param name="Duration">Length of the interval.</param>
/// <param name="Requests">Requests answered in the interval.</param>
/// <param name="Errors">Requests that got no answer from the node.</param>
/// <param name="InFlight">Requests waiting for an answer at the end of the interval.</param>
/// <param name="Latency">From send to the node until its reply; as many entries as <paramref name="Requests"/>.</param>
/// <param name="Reachable">Whether every proxy can reach the node at the end of the interval; null when not known.</param>
/// <param name="Hits">Reads that found their key.</param>
/// <param name="Misses">Reads that did not find their key.</param>
public sealed record TrafficSlice(
    DateTimeOffset Start,
    TimeSpan Duration,
    long Requests,
    long Errors,
    long InFlight,
    LatencyHistogram Latency,
    bool? Reachable = null,
    long Hits = 0,
    long Misses = 0);
