using System.Collections.Immutable;
using System.Globalization;
using Fleet.Simulation.Days;
using Fleet.Simulation.Surfaces;

namespace Fleet.Cli.Commands;

/// <summary>Reads the files and lists of numbers that options name; every problem is added to a list.</summary>
internal static class CsvInput
{
    /// <summary>A measured surface; null with problems.</summary>
    public static Surface? Surface(string option, string path, double percentile, List<string> problems) =>
        Read(option, path, problems, text => SurfaceReader.Read(text, percentile));

    /// <summary>A trace; null with problems.</summary>
    public static Trace? Trace(string option, string path, string? column, List<string> problems)
    {
        int before = problems.Count;
        Trace? trace = Read(option, path, problems, text => TraceReader.Read(text, column));
        if (trace is null && problems.Count > before && File.Exists(path))
        {
            problems.Add($"{option} {path}: mend these lines or cut them out; a trace is a header with hour or seconds and a rate or a fraction, "
                + "then one row per slot, evenly spaced");
        }

        return trace;
    }

    /// <summary>Numbers above 0.</summary>
    public static ImmutableArray<double> Numbers(string option, string text, List<string> problems)
    {
        ImmutableArray<double>.Builder numbers = ImmutableArray.CreateBuilder<double>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value))
            {
                numbers.Add(value);
            }
            else
            {
                problems.Add($"{option} {part}: expected numbers above 0, separated by commas");
            }
        }

        return numbers.ToImmutable();
    }

    private static T? Read<T>(
        string option, string path, List<string> problems, Func<TextReader, (T? Value, ImmutableArray<string> Problems)> read)
        where T : class
    {
        if (!File.Exists(path))
        {
            problems.Add($"{option} {path}: {(Directory.Exists(path) ? "is a folder" : "no such file")}; give a CSV file");
            return null;
        }

        using StreamReader text = File.OpenText(path);
        (T? value, ImmutableArray<string> found) = read(text);
        problems.AddRange(found.Select(p => $"{path}, {p}"));
        return value;
    }
}
