using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;

namespace Fleet.Lab.Sweeps;

/// <summary>One measured cell: means over its repeats.</summary>
/// <param name="Qps">Load, requests per second.</param>
/// <param name="Setting">One value per knob; empty is the kernel default.</param>
/// <param name="Watts">Mean power.</param>
/// <param name="P99Us">Mean p99 at the load, microseconds.</param>
/// <param name="WattsSd">Standard deviation between repeats; null with one.</param>
/// <param name="P99UsSd">Standard deviation between repeats, microseconds; null with one.</param>
/// <param name="Runs">Repeats.</param>
public sealed record SweepCell(
    double Qps, ImmutableSortedDictionary<string, long> Setting, double Watts, double P99Us, double? WattsSd, double? P99UsSd, int Runs)
{
    /// <summary>Whether this is the kernel's own policy.</summary>
    [JsonIgnore]
    public bool IsDefault => Setting.IsEmpty;

    /// <summary>The setting for people.</summary>
    [JsonIgnore]
    public string SettingText => IsDefault ? "kernel default" : string.Join(' ', Setting.Select(v => $"{v.Key}={v.Value}"));

    /// <summary>The cell of one setting from its repeats.</summary>
    public static SweepCell Of(double qps, ImmutableSortedDictionary<string, long> setting, IReadOnlyList<(double Watts, double P99Us)> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return new SweepCell(
            qps, setting, runs.Average(r => r.Watts), runs.Average(r => r.P99Us), Spread(runs.Select(r => r.Watts)),
            Spread(runs.Select(r => r.P99Us)), runs.Count);
    }

    /// <summary>The cells in the surface format, with comment lines on top.</summary>
    public static string Csv(IReadOnlyList<SweepCell> cells, IEnumerable<string> comments)
    {
        ArgumentNullException.ThrowIfNull(cells);
        string[] knobs = [.. cells.SelectMany(c => c.Setting.Keys).Distinct().Order(StringComparer.Ordinal)];
        IEnumerable<string> rows = cells.Select(c => string.Join(
            ',',
            [
                N(c.Qps), .. knobs.Select(k => c.Setting.TryGetValue(k, out long v) ? v.ToString(CultureInfo.InvariantCulture) : ""),
                N(c.Watts), N(c.P99Us), N(c.WattsSd), N(c.P99UsSd), N(c.Runs),
            ]));
        string header = string.Join(',', ["qps", .. knobs, "watts", "p99_us", "watts_sd", "p99_us_sd", "runs"]);
        return string.Join('\n', [.. comments.Select(c => "# " + c), header, .. rows]) + "\n";
    }

    /// <summary>The cells of one load that no other cell of it beats in both power and latency, fastest first.</summary>
    public static IReadOnlyList<SweepCell> Front(IEnumerable<SweepCell> cells)
    {
        var front = new List<SweepCell>();
        foreach (SweepCell cell in cells.OrderBy(c => c.P99Us).ThenBy(c => c.Watts))
        {
            if (front.Count == 0 || cell.Watts < front[^1].Watts)
            {
                front.Add(cell);
            }
        }

        return front;
    }

    /// <summary>Standard deviation of a sample; null with one value.</summary>
    internal static double? Spread(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return all.Length < 2 ? null : Math.Sqrt(all.Sum(v => (v - mean) * (v - mean)) / (all.Length - 1));
    }

    private static string N(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
