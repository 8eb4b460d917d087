using Fleet.Core.Measurement;

namespace Fleet.Lab.Load;

/// <summary>What happened to the load between two marks. A request counts in the window in which it ended.</summary>
public sealed class LoadWindow
{
    /// <summary>Time that the window covers.</summary>
    public TimeSpan Duration { get; internal set; }

    /// <summary>Requests that were due and sent in the window.</summary>
    public long Sent { get; internal set; }

    /// <summary>Requests that ended well: a read with the right value, a read of an absent key, a store.</summary>
    public long Succeeded => Latency.Count;

    /// <summary>Reads with the right value.</summary>
    public long Hits { get; internal set; }

    /// <summary>Reads of a key that the server does not have. Not a failure: the load stores such a key at its next turn.</summary>
    public long Misses { get; internal set; }

    /// <summary>Stores.</summary>
    public long Stores { get; internal set; }

    /// <summary>Requests lost with their connection, or that found none open for as long as the time-out.</summary>
    public long ConnectionErrors { get; internal set; }

    /// <summary>Answers <c>SERVER_ERROR</c>, <c>CLIENT_ERROR</c>, <c>ERROR</c> and refused stores.</summary>
    public long ServerErrors { get; internal set; }

    /// <summary>Requests without an answer within the time-out.</summary>
    public long Timeouts { get; internal set; }

    /// <summary>Reads whose answer was not the value that belongs to the key.</summary>
    public long Mismatches { get; internal set; }

    /// <summary>Requests that were due when the load ended but could not be sent because every connection was full.</summary>
    public long Unsent { get; internal set; }

    /// <summary>All failures: connection, server, time-out, mismatch.</summary>
    public long Failed => ConnectionErrors + ServerErrors + Timeouts + Mismatches;

    /// <summary>From when each request was due until its answer; failures are not in it.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Requests per second that ended well.</summary>
    public double Qps => Duration > TimeSpan.Zero ? Succeeded / Duration.TotalSeconds : 0;

    /// <summary>Adds another window's counts and time to this one.</summary>
    public void Add(LoadWindow other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Duration += other.Duration;
        Sent += other.Sent;
        Hits += other.Hits;
        Misses += other.Misses;
        Stores += other.Stores;
        ConnectionErrors += other.ConnectionErrors;
        ServerErrors += other.ServerErrors;
        Timeouts += other.Timeouts;
        Mismatches += other.Mismatches;
        Unsent += other.Unsent;
        Latency.Add(other.Latency);
    }

    /// <summary>Share of ended requests that were answered within a latency, 0 to 1; NaN without requests. A failure is a miss.</summary>
    public double ShareWithinUs(double latencyUs)
    {
        long all = Succeeded + Failed;
        return all == 0 ? double.NaN : (double)(Succeeded - Latency.CountAboveUs(latencyUs)) / all;
    }
}
