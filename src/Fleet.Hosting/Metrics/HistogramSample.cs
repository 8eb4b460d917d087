namespace Fleet.Hosting.Metrics;

/// <summary>One histogram that its owner keeps already summed: the data path counts, the scrape only reads.</summary>
/// <param name="Bounds">Upper bounds of the buckets, ascending, in the metric's unit; the last bucket has none.</param>
/// <param name="Cumulative">Observations at or below each bound; parallel to <paramref name="Bounds"/>.</param>
/// <param name="Count">All observations.</param>
/// <param name="Sum">Sum of all observations, in the metric's unit.</param>
/// <param name="Labels">Values of the labels.</param>
public sealed record HistogramSample(
    IReadOnlyList<double> Bounds, IReadOnlyList<long> Cumulative, long Count, double Sum, params string[] Labels);
