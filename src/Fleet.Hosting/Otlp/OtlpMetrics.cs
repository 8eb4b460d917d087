using Fleet.Hosting.Metrics;

namespace Fleet.Hosting.Otlp;

/// <summary>
/// Metric families as an ExportMetricsServiceRequest of OTLP 1 (opentelemetry/proto/collector/metrics/v1/metrics_service.proto): the
/// instruments' own dotted names and UCUM units, counters as cumulative monotonic sums.
/// </summary>
internal static class OtlpMetrics
{
    private const ulong Cumulative = 2;

    /// <summary>Formats one export.</summary>
    /// <param name="families">What is exported.</param>
    /// <param name="service">The resource's service.name, after "fleet-".</param>
    /// <param name="started">When the counters began.</param>
    /// <param name="now">The moment of the values.</param>
    public static byte[] Format(IEnumerable<MetricFamily> families, string service, DateTimeOffset started, DateTimeOffset now)
    {
        (ulong, ulong) times = (Nanoseconds(started), Nanoseconds(now));
        var request = new ProtoWriter();
        request.Message(1, resource =>
        {
            resource.Message(1, r =>
            {
                Attribute(r, 1, "service.name", "fleet-" + service);
                Attribute(r, 1, "service.instance.id", $"{Environment.MachineName}:{Environment.ProcessId}");
            });
            resource.Message(2, scope =>
            {
                scope.Message(1, s => s.Text(1, "Fleet"));
                foreach (MetricFamily family in families.Where(f => f.Samples.Count + f.Histograms.Count > 0))
                {
                    scope.Message(2, m => Write(m, family, times));
                }
            });
        });
        return request.Written.ToArray();
    }

    private static void Write(ProtoWriter metric, MetricFamily family, (ulong Start, ulong Now) times)
    {
        MetricDefinition definition = family.Definition;
        metric.Text(1, definition.Name);
        metric.Text(2, definition.Help);
        metric.Text(3, definition.Unit);
        switch (definition.Kind)
        {
            case MetricKind.Gauge:
                metric.Message(5, gauge => Points(gauge, family, times));
                break;
            case MetricKind.Counter:
                metric.Message(7, sum =>
                {
                    Points(sum, family, times);
                    sum.Number(2, Cumulative);
                    sum.Number(3, 1);
                });
                break;
            default:
                metric.Message(9, histogram =>
                {
                    foreach (HistogramSample sample in family.Histograms)
                    {
                        histogram.Message(1, p => Write(p, definition, sample, times));
                    }

                    histogram.Number(2, Cumulative);
                });
                break;
        }
    }

    private static void Points(ProtoWriter data, MetricFamily family, (ulong Start, ulong Now) times)
    {
        foreach (Sample sample in family.Samples)
        {
            data.Message(1, point =>
            {
                Head(point, times, 7, family.Definition, sample.Labels);
                point.Real(4, sample.Value);
            });
        }
    }

    private static void Write(ProtoWriter point, MetricDefinition definition, HistogramSample sample, (ulong Start, ulong Now) times)
    {
        Head(point, times, 9, definition, sample.Labels);
        point.Fixed(4, (ulong)sample.Count);
        point.Real(5, sample.Sum);
        long before = 0;
        var counts = new List<ulong>();
        foreach (long upTo in sample.Cumulative.Append(sample.Count))
        {
            counts.Add((ulong)Math.Max(0, upTo - before));
            before = upTo;
        }

        point.Packed(6, counts);
        point.Packed(7, [.. sample.Bounds.Select(BitConverter.DoubleToUInt64Bits)]);
    }

    private static void Head(ProtoWriter point, (ulong Start, ulong Now) times, int attributes, MetricDefinition definition, string[] values)
    {
        point.Fixed(2, times.Start);
        point.Fixed(3, times.Now);
        for (int i = 0; i < values.Length; i++)
        {
            Attribute(point, attributes, definition.Labels[i], values[i]);
        }
    }

    private static void Attribute(ProtoWriter owner, int field, string key, string value) => owner.Message(field, pair =>
    {
        pair.Text(1, key);
        pair.Message(2, any => any.Text(1, value));
    });

    private static ulong Nanoseconds(DateTimeOffset at) => (ulong)(at - DateTimeOffset.UnixEpoch).Ticks * 100;
}
