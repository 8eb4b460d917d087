using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Simulation.Surfaces;

/// <summary>One row of a surface file, checked but with knobs still as text.</summary>
internal sealed record SurfaceRow(
    int Line,
    double Qps,
    ImmutableArray<string> Knobs,
    double Watts,
    double PercentileUs,
    double? WattsSd,
    double? PercentileUsSd,
    int Runs)
{
    /// <summary>Whether the row is the kernel's own policy.</summary>
    public bool IsDefault => Knobs.All(k => k.Length == 0);

    /// <summary>Reads a row; null with every problem of it listed.</summary>
    public static SurfaceRow? Parse(SurfaceHeader header, string[] fields, int line, List<string> problems)
    {
        if (fields.Length != header.Columns.Length)
        {
            problems.Add($"line {line}: {fields.Length} fields, but the header has {header.Columns.Length}");
            return null;
        }

        int before = problems.Count;
        double qps = Positive(header.Qps);
        double watts = Positive(header.Watts);
        double percentile = Positive(header.Percentile);
        double? wattsSd = Spread(header.WattsSd);
        double? percentileSd = Spread(header.PercentileSd);
        int runs = header.Runs < 0 || fields[header.Runs].Length == 0 ? 1 : Whole(header.Runs);
        ImmutableArray<string> knobs = [.. header.KnobColumns.Select(c => fields[c])];
        int empty = knobs.Count(k => k.Length == 0);
        if (empty > 0 && empty < knobs.Length)
        {
            problems.Add($"line {line}: some knobs are empty; give all (a setting) or none (the kernel default)");
        }

        return problems.Count > before ? null : new SurfaceRow(line, qps, knobs, watts, percentile, wattsSd, percentileSd, runs);

        double Positive(int column)
        {
            if (!IsNumber(fields[column], out double value) || !(value > 0))
            {
                problems.Add($"line {line}: {header.Columns[column]} is \"{fields[column]}\"; expected a number above 0");
            }

            return value;
        }

        int Whole(int column)
        {
            if (!int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int value) || value < 1)
            {
                problems.Add($"line {line}: {header.Columns[column]} is \"{fields[column]}\"; expected a whole number of at least 1");
            }

            return value;
        }

        double? Spread(int column)
        {
            if (column < 0 || fields[column].Length == 0)
            {
                return null;
            }

            if (!IsNumber(fields[column], out double value) || !(value >= 0))
            {
                problems.Add($"line {line}: {header.Columns[column]} is \"{fields[column]}\"; expected a number of at least 0, or nothing");
            }

            return value;
        }
    }

    /// <summary>Whether the text is a whole number, decimal or hexadecimal with 0x.</summary>
    public static bool IsWhole(string text, out long value) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static bool IsNumber(string text, out double value) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);
}
