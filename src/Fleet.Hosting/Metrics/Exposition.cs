using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Fleet.Hosting.Metrics;

/// <summary>
/// Writes families in Prometheus' text format 0.0.4 or in OpenMetrics 1.0: the same samples, but in OpenMetrics a counter's family has
/// its name without <c>_total</c>, and the text ends with <c># EOF</c>.
/// </summary>
internal sealed class Exposition(ArrayBufferWriter<byte> output, bool openMetrics)
{
    /// <summary>Content type of the text format.</summary>
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Content type of OpenMetrics.</summary>
    public const string OpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Writes every family.</summary>
    public void Write(IReadOnlyList<MetricFamily> families)
    {
        foreach (MetricFamily family in families)
        {
            if (family.Samples.Count + family.Histograms.Count > 0)
            {
                Head(family.Definition);
                foreach (Sample sample in family.Samples)
                {
                    Line(family.Definition.SampleName, "", family.Definition.Labels, sample.Labels, null, sample.Value);
                }

                foreach (HistogramSample histogram in family.Histograms)
                {
                    Write(family.Definition, histogram);
                }
            }
        }

        if (openMetrics)
        {
            Text("# EOF\n");
        }
    }

    private void Head(MetricDefinition definition)
    {
        string name = openMetrics ? definition.Family : definition.SampleName;
        Text("# HELP ");
        Text(name);
        Text(" ");
        Text(definition.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
        Text("\n# TYPE ");
        Text(name);
        Text(definition.Kind switch
        {
            MetricKind.Counter => " counter\n",
            MetricKind.Histogram => " histogram\n",
            _ => " gauge\n",
        });
    }

    private void Write(MetricDefinition definition, HistogramSample h)
    {
        for (int i = 0; i < h.Bounds.Count; i++)
        {
            Line(definition.Family, "_bucket", definition.Labels, h.Labels, h.Bounds[i], h.Cumulative[i]);
        }

        Line(definition.Family, "_bucket", definition.Labels, h.Labels, double.PositiveInfinity, h.Count);
        Line(definition.Family, "_sum", definition.Labels, h.Labels, null, h.Sum);
        Line(definition.Family, "_count", definition.Labels, h.Labels, null, h.Count);
    }

    private void Line(string name, string suffix, IReadOnlyList<string> names, string[] values, double? bound, double value)
    {
        Text(name);
        Text(suffix);
        char before = '{';
        for (int i = 0; i < values.Length; i++)
        {
            Label(before, names[i], values[i]);
            before = ',';
        }

        if (bound is { } le)
        {
            Label(before, "le", double.IsPositiveInfinity(le) ? "+Inf" : le.ToString("R", CultureInfo.InvariantCulture));
            before = ',';
        }

        Text(before == ',' ? "} " : " ");
        Number(value);
        Text("\n");
    }

    private void Label(char before, string name, string value)
    {
        Span<byte> one = output.GetSpan(1);
        one[0] = (byte)before;
        output.Advance(1);
        Text(name);
        Text("=\"");
        Text(value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
            ? value
            : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal));
        Text("\"");
    }

    private void Number(double value)
    {
        if (!double.IsFinite(value))
        {
            Text(double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
            return;
        }

        Span<byte> room = output.GetSpan(32);
        Utf8Formatter.TryFormat(value, room, out int written);
        output.Advance(written);
    }

    private void Text(string text) => output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
