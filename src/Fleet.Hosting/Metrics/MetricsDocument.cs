using System.Text;

namespace Fleet.Hosting.Metrics;

/// <summary>docs/metrics.md, made from the definitions, and the bound on the number of series that it states.</summary>
public static class MetricsDocument
{
    private const int RuntimeSeries = 60;
    private const int SourcesOrOutcomes = 10;
    private const int HistogramSeries = 24;

    /// <summary>The most series that a service of this size exposes.</summary>
    /// <param name="job">"controller", "proxy" or "agent".</param>
    /// <param name="pools">Pools.</param>
    /// <param name="nodes">Nodes of all pools.</param>
    public static int MostSeries(string job, int pools, int nodes) => RuntimeSeries + MetricNames.All
        .Where(d => JobsOf(d).Contains(job))
        .Sum(d => Things(d, pools, nodes) * (d.Kind == MetricKind.Histogram ? HistogramSeries : Extra(d) ? SourcesOrOutcomes : 1));

    /// <summary>The whole document.</summary>
    public static string Text()
    {
        var text = new StringBuilder(
            """
            # Metrics

            Every service answers `/metrics` (Prometheus' text format, or OpenMetrics when asked for), `/healthz` (its loops make progress) and
            `/readyz` (it can work now) on `--metrics-listen`: by default `127.0.0.1:7481` (controller), `:7482` (proxy), `:7483` (agent).

            Ratios are 0 to 1, times are seconds, sizes bytes. A value that is not known is absent, never 0. Figures of power with
            `source="model"`, and everything called *estimate*, are estimates from CPU time or from the tuner's model, not measurements.
            The runtime's own instruments (`dotnet_*`: garbage collection, memory, threads) come with every service.

            With `--otlp-endpoint` or the variable `OTEL_EXPORTER_OTLP_ENDPOINT` a service also pushes them, under their dotted names, to an OTLP
            receiver (protobuf over HTTP, every `OTEL_METRIC_EXPORT_INTERVAL` ms, 60,000 by default).

            The number of series is bounded by what the table's last column counts; a node that left is gone at the next scrape.

            """);
        foreach ((string job, string title) in (ReadOnlySpan<(string, string)>)[
            ("all", "Every service"), ("proxy", "Proxy"), ("agent", "Node agent"), ("controller", "Controller")])
        {
            text.Append("\n## ").Append(title).Append("\n\n| metric | type | labels | meaning | series |\n| --- | --- | --- | --- | --- |\n");
            foreach (MetricDefinition d in MetricNames.All.Where(d => SectionOf(d) == job))
            {
                string labels = string.Join(", ", d.Labels);
                string kind = d.Kind.ToString().ToLowerInvariant();
                text.Append("| `").Append(d.SampleName).Append("` | ").Append(kind).Append(" | ").Append(labels).Append(" | ")
                    .Append(d.Help).Append(" | ").Append(d.Bound).Append(" |\n");
            }
        }

        return text.Replace("\r", "").ToString();
    }

    private static string[] JobsOf(MetricDefinition d) =>
        SectionOf(d) == "all" ? ["controller", "proxy", "agent"] : [SectionOf(d)];

    private static string SectionOf(MetricDefinition d) => d.Name.Split('.') switch
    {
        ["fleet", "proxy", ..] => "proxy",
        ["fleet", "agent", ..] => "agent",
        ["fleet", "pool" or "node" or "tuner" or "controller", ..] => "controller",
        _ => "all",
    };

    private static int Things(MetricDefinition d, int pools, int nodes) =>
        d.Labels.Contains("node") ? nodes : d.Labels.Contains("pool") ? pools : 1;

    private static bool Extra(MetricDefinition d) => d.Labels.Any(l => l is not ("pool" or "node"));
}
