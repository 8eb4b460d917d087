using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Simulation.Surfaces;

/// <summary>Which column of a surface file holds what; −1 for a column that is absent.</summary>
internal sealed record SurfaceHeader(
    ImmutableArray<string> Columns,
    int Qps,
    int Watts,
    int Percentile,
    int WattsSd,
    int PercentileSd,
    int Runs,
    ImmutableArray<int> KnobColumns)
{
    /// <summary>Knob names in the order of their columns.</summary>
    public ImmutableArray<string> Knobs => [.. KnobColumns.Select(c => Columns[c])];

    /// <summary>Reads the header; null with problems when a needed column is missing or a name occurs twice.</summary>
    public static SurfaceHeader? Parse(string[] fields, double percentileOfSla, int line, List<string> problems)
    {
        int before = problems.Count;
        foreach (IGrouping<string, string> twice in fields.GroupBy(f => f, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            problems.Add($"line {line}: column \"{twice.Key}\" occurs {twice.Count()} times");
        }

        if (fields.Any(f => f.Length == 0))
        {
            problems.Add($"line {line}: a column has no name");
        }

        string latency = string.Create(CultureInfo.InvariantCulture, $"p{percentileOfSla}_us");
        int percentile = Array.IndexOf(fields, latency);
        int watts = Array.IndexOf(fields, "watts");
        int qps = Array.IndexOf(fields, "qps");
        Require(qps, "qps");
        Require(watts, "watts");
        Require(percentile, latency);
        if (problems.Count > before)
        {
            return null;
        }

        int wattsSd = Array.IndexOf(fields, "watts_sd");
        int percentileSd = Array.IndexOf(fields, fields[percentile] + "_sd");
        int runs = Array.IndexOf(fields, "runs");
        int[] known = [qps, watts, percentile, wattsSd, percentileSd, runs];
        ImmutableArray<int> knobs = [.. Enumerable.Range(0, fields.Length).Except(known).Where(c => !IsPercentile(fields[c]))];
        if (knobs.IsEmpty)
        {
            problems.Add($"line {line}: no knob column; every column beside qps, watts, {fields[percentile]}, spreads and runs is a knob");
            return null;
        }

        return new SurfaceHeader([.. fields], qps, watts, percentile, wattsSd, percentileSd, runs, knobs);

        void Require(int index, string name)
        {
            if (index < 0)
            {
                problems.Add($"line {line}: column {name} is missing; the header has {string.Join(", ", fields)}");
            }
        }
    }

    private static bool IsPercentile(string column) =>
        column is ['p', >= '0' and <= '9', ..]
        && (column.EndsWith("_us", StringComparison.Ordinal) || column.EndsWith("_us_sd", StringComparison.Ordinal));
}
