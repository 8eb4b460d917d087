namespace Fleet.Hosting.Metrics;

/// <summary>How a metric's values are to be read.</summary>
public enum MetricKind
{
    /// <summary>Only grows; begins again at 0 when the process does.</summary>
    Counter,

    /// <summary>A value of this moment.</summary>
    Gauge,

    /// <summary>Counts of observations in buckets, with their sum.</summary>
    Histogram,
}
