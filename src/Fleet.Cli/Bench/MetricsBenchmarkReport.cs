namespace Fleet.Cli.Bench;

/// <summary>What one scrape of a service with many nodes takes, over HTTP on loopback.</summary>
/// <param name="Service">controller or proxy.</param>
/// <param name="Nodes">Nodes.</param>
/// <param name="Series">Series in one scrape.</param>
/// <param name="Bytes">Size of one scrape.</param>
/// <param name="Scrapes">Scrapes measured, after the first.</param>
/// <param name="FirstMs">The first, with cold code, ms.</param>
/// <param name="MedianMs">Median, ms.</param>
/// <param name="P99Ms">99th percentile, ms.</param>
/// <param name="MaxMs">Longest, ms.</param>
/// <param name="Host">Processors and kernel.</param>
public sealed record MetricsBenchmarkReport(
    string Service,
    int Nodes,
    int Series,
    int Bytes,
    int Scrapes,
    double FirstMs,
    double MedianMs,
    double P99Ms,
    double MaxMs,
    string Host);
