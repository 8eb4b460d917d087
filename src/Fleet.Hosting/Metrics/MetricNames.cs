namespace Fleet.Hosting.Metrics;

/// <summary>
/// Every metric of every service, defined once. docs/metrics.md is generated from this file. Renaming one breaks dashboards and alerts of
/// people who are not here: names are only ever added.
/// </summary>
public static partial class MetricNames
{
    private const string Pool = "pool";
    private const string Node = "node";
    private const string PerProcess = "1";
    private const string PerPool = "pools";
    private const string PerNode = "nodes";

    /// <summary>All definitions, by name.</summary>
    public static IReadOnlyList<MetricDefinition> All => [.. typeof(MetricNames).GetFields()
        .Where(f => f.FieldType == typeof(MetricDefinition))
        .Select(f => (MetricDefinition)f.GetValue(null)!)
        .OrderBy(d => d.Family, StringComparer.Ordinal)];

    private static MetricDefinition Counter(string name, string unit, string bound, string help, params string[] labels) =>
        new(name, MetricKind.Counter, unit, help, labels, bound);

    private static MetricDefinition Gauge(string name, string unit, string bound, string help, params string[] labels) =>
        new(name, MetricKind.Gauge, unit, help, labels, bound);

    private static MetricDefinition Histogram(string name, string unit, string bound, string help, params string[] labels) =>
        new(name, MetricKind.Histogram, unit, help, labels, bound);
}
