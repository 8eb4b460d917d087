using System.Globalization;
using Fleet.V1;

namespace Fleet.Cli.Output;

/// <summary>Figures for people. What is not known is "-", never 0.</summary>
internal static class Figures
{
    /// <summary>A number with so many decimals.</summary>
    public static string Number(double value, int decimals = 0) => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);

    /// <summary>A figure that is positive when known.</summary>
    public static string Known(double value, int decimals = 0) => value > 0 ? Number(value, decimals) : "-";

    /// <summary>A share in percent.</summary>
    public static string Percent(double share) =>
        share.ToString("P1", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);

    /// <summary>A setting: short knob names with their values, or "default".</summary>
    public static string Setting(Setting? setting) => setting is null || setting.Values.Count == 0
        ? "default"
        : string.Join(' ', setting.Values.Select(v => $"{v.Knob[(v.Knob.LastIndexOf('.') + 1)..]}={v.Value}"));

    /// <summary>Lines of "name  value".</summary>
    public static void Fields(TextWriter output, params (string Name, string Value)[] fields)
    {
        foreach ((string name, string value) in fields)
        {
            output.WriteLine($"{name,-12}{string.Concat(value.Select(c => char.IsControl(c) ? '?' : c))}");
        }
    }

    /// <summary>An enumeration's value without its prefix, in lower case.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
