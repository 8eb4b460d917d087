using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Core.Measurement;

namespace Fleet.Lab.Load;

/// <summary>Result of a load as <c>fleet load --json</c> prints it. Latencies are microseconds from when a request was due.</summary>
/// <param name="Target">HOST:PORT.</param>
/// <param name="OfferedQps">Requests per second asked for.</param>
/// <param name="Connections">Client connections.</param>
/// <param name="Keys">Distinct keys.</param>
/// <param name="SetRatio">Share of stores asked for, 0 to 1.</param>
/// <param name="Popularity">"uniform" or "zipf".</param>
/// <param name="Seed">Seed of the load.</param>
/// <param name="DurationSeconds">Time that the load took, with the wait for the last answers.</param>
/// <param name="Requests">Requests sent.</param>
/// <param name="Qps">Requests per second that ended well.</param>
/// <param name="Hits">Reads with the right value.</param>
/// <param name="Misses">Reads of an absent key.</param>
/// <param name="Stores">Stores.</param>
/// <param name="Failed">All errors.</param>
/// <param name="Unsent">Requests that were due but never sent because every connection was full.</param>
/// <param name="Errors">Failures by kind.</param>
/// <param name="LatencyUs">Latency percentiles; null when nothing ended well.</param>
public sealed record LoadResult(
    string Target,
    double OfferedQps,
    int Connections,
    int Keys,
    double SetRatio,
    string Popularity,
    int Seed,
    double DurationSeconds,
    long Requests,
    double Qps,
    long Hits,
    long Misses,
    long Stores,
    long Failed,
    long Unsent,
    LoadErrors Errors,
    LatencySummary? LatencyUs)
{
    /// <summary>How every report of the lab writes JSON: indented, camel case.</summary>
    internal static JsonSerializerOptions JsonOptions { get; } = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Summarises a load.</summary>
    public static LoadResult Of(LoadOptions options, LoadWindow window)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(window);
        return new LoadResult(
            $"{options.Host}:{options.Port}",
            options.Qps,
            options.Connections,
            options.Keys,
            options.SetRatio,
            options.Popularity == KeyPopularity.Zipf ? "zipf" : "uniform",
            options.Seed,
            Math.Round(window.Duration.TotalSeconds, 3),
            window.Sent,
            Math.Round(window.Qps, 1),
            window.Hits,
            window.Misses,
            window.Stores,
            window.Failed,
            window.Unsent,
            new LoadErrors(window.ConnectionErrors, window.ServerErrors, window.Timeouts, window.Mismatches),
            LatencySummary.Of(window.Latency));
    }

    /// <summary>The result as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, JsonOptions);
}

/// <summary>Failures by kind: lost with their connection, refused by the server, no answer in time, a wrong value.</summary>
public sealed record LoadErrors(long Connection, long Server, long Timeout, long Mismatch);

/// <summary>Latency percentiles, microseconds.</summary>
public sealed record LatencySummary(double Mean, double P50, double P90, double P99, double P999, double Max)
{
    /// <summary>Summarises a histogram; null when it is empty.</summary>
    public static LatencySummary? Of(LatencyHistogram latency)
    {
        ArgumentNullException.ThrowIfNull(latency);
        return latency.Count == 0
            ? null
            : new LatencySummary(Round(latency.MeanUs), At(50), At(90), At(99), At(99.9), Round(latency.MaxUs));

        double At(double percentile) => Round(latency.PercentileUs(percentile));
        static double Round(double us) => Math.Round(us, 1);
    }
}
