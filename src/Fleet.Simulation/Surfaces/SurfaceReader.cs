using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Knobs;

namespace Fleet.Simulation.Surfaces;

/// <summary>
/// Reads a surface from CSV: comment lines start with #; the header is <c>qps</c>, one column per knob, <c>watts</c>,
/// a latency column (<c>p99_us</c>; any <c>pNN_us</c>), then optionally <c>watts_sd</c>, <c>pNN_us_sd</c>, <c>runs</c>. A row whose
/// knobs are all empty is the kernel default.
/// </summary>
public static class SurfaceReader
{
    /// <summary>A knob whose largest value is at least this many times its smallest positive one is judged by ratios.</summary>
    private const double LogRatio = 20;

    private const int MostProblems = 50;

    /// <summary>Reads every row; the surface is null when there is a problem. Problems name the line.</summary>
    public static (Surface? Surface, ImmutableArray<string> Problems) Read(TextReader text, double percentile = 99)
    {
        var problems = new List<string>();
        int line = 0;
        SurfaceHeader? header = null;
        var rows = new List<SurfaceRow>();
        while (text.ReadLine() is { } content)
        {
            line++;
            if (string.IsNullOrWhiteSpace(content) || content.StartsWith('#'))
            {
                continue;
            }

            string[] fields = content.Split(',', StringSplitOptions.TrimEntries);
            if (header is null)
            {
                header = SurfaceHeader.Parse(fields, percentile, line, problems);
                if (header is null)
                {
                    return (null, [.. problems]);
                }
            }
            else if (SurfaceRow.Parse(header, fields, line, problems) is { } row)
            {
                rows.Add(row);
            }
        }

        if (header is null)
        {
            problems.Add("line 1: no header; expected qps,<knob>,…,watts,p99_us[,watts_sd,p99_us_sd,runs]");
        }
        else if (rows.Count == 0 && problems.Count == 0)
        {
            problems.Add($"line {line}: no row after the header");
        }

        FindDuplicates(rows, problems);
        ImmutableArray<string> found = [.. problems.Take(MostProblems)];
        if (problems.Count > MostProblems)
        {
            found = found.Add($"and {problems.Count - MostProblems} more problems");
        }

        return problems.Count > 0 ? (null, found) : (Build(header!, rows), []);
    }

    private static void FindDuplicates(List<SurfaceRow> rows, List<string> problems)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (SurfaceRow row in rows)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{row.Qps:R} {string.Join(',', row.Knobs)}");
            if (!seen.TryAdd(key, row.Line))
            {
                problems.Add($"line {row.Line}: the same load and setting as line {seen[key]}; keep one row (average repeats, give runs)");
            }
        }
    }

    private static Surface Build(SurfaceHeader header, List<SurfaceRow> rows)
    {
        var knobs = new Knob[header.Knobs.Length];
        var codes = new Dictionary<string, long>[header.Knobs.Length];
        for (int k = 0; k < knobs.Length; k++)
        {
            (knobs[k], codes[k]) = BuildKnob(header.Knobs[k], [.. rows.Select(r => r.Knobs[k]).Where(v => v.Length > 0).Distinct()]);
        }

        return new Surface(new KnobSpace(knobs), rows.Select(r => new SurfaceCell(
            r.Qps,
            r.IsDefault ? Setting.Default : new Setting(knobs.Select((k, i) => KeyValuePair.Create(k.Name, codes[i][r.Knobs[i]]))),
            r.Watts,
            r.PercentileUs,
            r.WattsSd,
            r.PercentileUsSd,
            r.Runs)));
    }

    private static (Knob Knob, Dictionary<string, long> Codes) BuildKnob(string name, string[] texts)
    {
        if (texts.All(t => SurfaceRow.IsWhole(t, out _)))
        {
            var values = texts.ToDictionary(t => t, t => SurfaceRow.IsWhole(t, out long v) ? v : 0, StringComparer.Ordinal);
            ImmutableArray<long> legal = [.. values.Values.Distinct().Order()];
            long least = legal.FirstOrDefault(v => v > 0, 1);
            bool byRatio = legal[0] >= 0 && legal[^1] >= LogRatio * least;
            return (new Knob(name, legal, byRatio ? KnobScale.Log : KnobScale.Linear), values);
        }

        // Names take codes in ordinal order.
        var codes = texts.Order(StringComparer.Ordinal).Select((text, code) => (text, code))
            .ToDictionary(p => p.text, p => (long)p.code, StringComparer.Ordinal);
        return (new Knob(name, [.. codes.Values.Order()], KnobScale.Enum), codes);
    }
}
