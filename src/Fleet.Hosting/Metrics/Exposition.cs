using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Fleet.Hosting.Metrics;

/// <summary>
/// Writes families in Prometheus' text format 0.0.4 or in OpenMetrics 1.0: the same samples, but in OpenMetrics a counter's family has
/// its name without <c>_total</c>, and the text ends with <c># EOF</c>.
/// </summary>
internal sealed class Exposition(ArrayBufferWriter<byte> output, bool openMetrics)
{
    private static readonly ConditionalWeakTable<IReadOnlyList<double>, byte[][]> _bounds = [];

    /// <summary>2^53: up to here every whole number is a double of its own.</summary>
    private const double LargestWhole = 9_007_199_254_740_992;

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
                byte[] name = Encoding.UTF8.GetBytes(family.Definition.SampleName);
                byte[][] labels = [.. family.Definition.Labels.Select(l => Encoding.UTF8.GetBytes(l + "=\""))];
                foreach (Sample sample in family.Samples)
                {
                    Line(name, labels, sample.Labels, default, sample.Value);
                }

                if (family.Histograms.Count > 0)
                {
                    Write(family, labels);
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

    private void Write(MetricFamily family, byte[][] labels)
    {
        byte[] bucket = Encoding.UTF8.GetBytes(family.Definition.Family + "_bucket");
        byte[] sum = Encoding.UTF8.GetBytes(family.Definition.Family + "_sum");
        byte[] count = Encoding.UTF8.GetBytes(family.Definition.Family + "_count");
        foreach (HistogramSample h in family.Histograms)
        {
            byte[][] bounds = _bounds.GetValue(h.Bounds, Texts);
            for (int i = 0; i < h.Bounds.Count; i++)
            {
                Line(bucket, labels, h.Labels, bounds[i], h.Cumulative[i]);
            }

            Line(bucket, labels, h.Labels, bounds[^1], h.Count);
            Line(sum, labels, h.Labels, default, h.Sum);
            Line(count, labels, h.Labels, default, h.Count);
        }
    }

    private void Line(ReadOnlySpan<byte> name, byte[][] names, string[] values, ReadOnlySpan<byte> bound, double value)
    {
        if (values.Length != names.Length)
        {
            throw new InvalidOperationException(
                $"{Encoding.UTF8.GetString(name)} has {names.Length} labels, a sample of it has {values.Length}");
        }

        output.Write(name);
        byte before = (byte)'{';
        for (int i = 0; i < values.Length; i++)
        {
            Byte(before);
            output.Write(names[i]);
            Value(values[i]);
            before = (byte)',';
        }

        if (!bound.IsEmpty)
        {
            Byte(before);
            output.Write(bound);
            before = (byte)',';
        }

        output.Write(before == ',' ? "} "u8 : " "u8);
        Number(value);
        Byte((byte)'\n');
    }

    private void Value(string value)
    {
        Text(value.AsSpan().IndexOfAny('\\', '"', '\n') < 0
            ? value
            : value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal));
        Byte((byte)'"');
    }

    private void Byte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    // The label le of every bucket, the endless one last: the same for every series of a histogram, so made once.
    private static byte[][] Texts(IReadOnlyList<double> bounds) =>
    [
        .. bounds.Select(b => Encoding.UTF8.GetBytes($"le=\"{b.ToString("R", CultureInfo.InvariantCulture)}\"")), "le=\"+Inf\""u8.ToArray(),
    ];

    private void Number(double value)
    {
        if (!double.IsFinite(value))
        {
            Text(double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
            return;
        }

        // Most samples are counts, and a whole number is written several times faster as one.
        Span<byte> room = output.GetSpan(32);
        int written;
        _ = Math.Abs(value) < LargestWhole && value == (long)value
            ? Utf8Formatter.TryFormat((long)value, room, out written)
            : Utf8Formatter.TryFormat(value, room, out written);
        output.Advance(written);
    }

    private void Text(string text) => output.Advance(Encoding.UTF8.GetBytes(text, output.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length))));
}
