namespace Fleet.Hosting.Metrics;

/// <summary>One metric with its samples of this moment.</summary>
/// <param name="Definition">What it is.</param>
/// <param name="Samples">Values; empty for a histogram.</param>
/// <param name="Histograms">Histograms; empty for other kinds.</param>
internal sealed record MetricFamily(
    MetricDefinition Definition, IReadOnlyList<Sample> Samples, IReadOnlyList<HistogramSample> Histograms);
