using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Simulation.Days;

/// <summary>
/// Reads a trace from CSV: comment lines start with #; the header has a column <c>hour</c> or <c>seconds</c> and a column of loads. Every
/// problem is listed with its line.
/// </summary>
public static class TraceReader
{
    private const int MostProblems = 50;
    private static readonly string[] ShareWords = ["fraction", "share"];
    private static readonly string[] RateWords = ["rate", "rps", "qps", "requests"];

    /// <summary>Reads every row; the trace is null when there is a problem.</summary>
    /// <param name="text">The file.</param>
    /// <param name="wanted">
    /// The column of loads; null takes the first whose name holds "fraction" or "share", else "rate", "rps", "qps" or "requests".
    /// </param>
    public static (Trace? Trace, ImmutableArray<string> Problems) Read(TextReader text, string? wanted = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        var problems = new List<string>();
        (int Time, int Load, string[] Names)? header = null;
        var rows = new List<(int Line, double Time, double? Load)>();
        int line = 0;
        while (text.ReadLine() is { } content)
        {
            line++;
            if (string.IsNullOrWhiteSpace(content) || content.StartsWith('#'))
            {
                continue;
            }

            string[] fields = content.Split(',', StringSplitOptions.TrimEntries);
            if (header is not { } known)
            {
                header = Header(fields, wanted, line, problems);
                if (header is null)
                {
                    return (null, [.. problems]);
                }
            }
            else
            {
                Row(known, fields, line, rows, problems);
            }
        }

        if (header is not { } found)
        {
            return (null, ["line 1: no header; expected hour or seconds, and a column of rates or fractions"]);
        }

        Judge(found, rows, line, problems);
        if (problems.Count > 0)
        {
            ImmutableArray<string> listed = [.. problems.Take(MostProblems)];
            return (null, problems.Count > MostProblems ? listed.Add($"and {problems.Count - MostProblems} more problems") : listed);
        }

        double unit = found.Names[found.Time] == "hour" ? 3600 : 1;
        string column = found.Names[found.Load];
        return (new Trace(column, (rows[1].Time - rows[0].Time) * unit, [.. rows.Select(r => r.Load!.Value)], IsShare(column)), []);
    }

    private static bool IsShare(string name) => ShareWords.Any(w => name.Contains(w, StringComparison.OrdinalIgnoreCase));

    private static (int Time, int Load, string[] Names)? Header(string[] fields, string? column, int line, List<string> problems)
    {
        int time = Array.FindIndex(fields, f => f is "hour" or "seconds");
        int load = column is not null
            ? Array.IndexOf(fields, column)
            : Array.FindIndex(fields, IsShare) is >= 0 and var share
                ? share
                : Array.FindIndex(fields, f => RateWords.Any(w => f.Contains(w, StringComparison.OrdinalIgnoreCase)));
        string has = string.Join(", ", fields);
        if (time < 0)
        {
            problems.Add($"line {line}: no column hour or seconds; the header has {has}");
        }

        if (load < 0)
        {
            problems.Add(column is not null
                ? $"line {line}: no column {column}; the header has {has}"
                : $"line {line}: no column of loads (a name with fraction, rate, rps or qps); the header has {has}");
        }

        return time < 0 || load < 0 ? null : (time, load, fields);
    }

    private static void Row(
        (int Time, int Load, string[] Names) header, string[] fields, int line, List<(int, double, double?)> rows, List<string> problems)
    {
        if (fields.Length != header.Names.Length)
        {
            problems.Add($"line {line}: {fields.Length} fields, but the header has {header.Names.Length}");
            return;
        }

        if (!IsNumber(fields[header.Time], out double time))
        {
            problems.Add($"line {line}: {header.Names[header.Time]} is \"{fields[header.Time]}\"; expected a number");
            return;
        }

        string name = header.Names[header.Load];
        string value = fields[header.Load];
        double? load = IsNumber(value, out double number) && number >= 0 ? number : null;
        if (load is null)
        {
            problems.Add(value.Length == 0
                ? $"line {line}: {name} is missing; a trace has no gaps"
                : $"line {line}: {name} is \"{value}\"; expected a number of at least 0");
        }
        else if (load > 1 && IsShare(name))
        {
            problems.Add($"line {line}: {name} is {value}; a fraction is at most 1 (name the column a rate if it is one)");
        }

        rows.Add((line, time, load));
    }

    private static void Judge(
        (int Time, int Load, string[] Names) header, List<(int Line, double Time, double? Load)> rows, int lastLine, List<string> problems)
    {
        if (rows.Count < 2)
        {
            problems.Add($"line {(rows.Count == 0 ? lastLine : rows[0].Line)}: a trace needs at least two rows; it has {rows.Count}");
            return;
        }

        double[] steps = [.. rows.Zip(rows.Skip(1)).Select(p => p.Second.Time - p.First.Time)];
        double[] positive = [.. steps.Where(s => s > 0).Order()];
        double step = positive.Length == 0 ? 1 : positive[(positive.Length - 1) / 2];
        for (int i = 0; i < steps.Length; i++)
        {
            string what = string.Create(
                CultureInfo.InvariantCulture, $"{header.Names[header.Time]} {rows[i + 1].Time:0.###} follows {rows[i].Time:0.###}");
            if (!(steps[i] > 0))
            {
                problems.Add($"line {rows[i + 1].Line}: {what}; times must ascend");
            }
            else if (Math.Abs(steps[i] - step) > step * 1e-6)
            {
                problems.Add(string.Create(
                    CultureInfo.InvariantCulture, $"line {rows[i + 1].Line}: {what}: a gap; the other rows are {step:0.###} apart"));
            }
        }

        if (rows.TrueForAll(r => r.Load is 0))
        {
            problems.Add($"line {rows[0].Line}: every load is 0");
        }
    }

    private static bool IsNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
