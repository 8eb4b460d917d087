using System.Globalization;
using Fleet.Lab.Demo;
using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Cli.Demo;

/// <summary>The end of a run for people: the comparison and the claims.</summary>
internal static class DemoSummary
{
    /// <summary>Writes the summary.</summary>
    public static void Write(DemoReport report, string folder, TextWriter output)
    {
        output.WriteLine();
        if (report.Comparison is { } comparison)
        {
            string windows = F($"{comparison.KernelDefault.Windows} + {comparison.Tuned.Windows} interleaved windows");
            WriteComparison(comparison, report.PowerSource, windows, "tuned", output);
        }

        output.WriteLine();
        WriteClaims(report.Held, report.Claims, output);
        WriteEnd(report.Load, report.DurationSeconds, report.Plant, report.PlantReason, folder, output);
    }

    /// <summary>Writes how often held settings kept the promise, and every claim.</summary>
    public static void WriteClaims(IReadOnlyList<HeldWindows> windows, IReadOnlyList<DemoClaim> claims, TextWriter output)
    {
        foreach (HeldWindows held in windows)
        {
            output.WriteLine(F($"promise {held.SlaUs:0} us: {held.Met} of {held.Windows} held windows kept it, ")
                + F($"{held.RequestRatio:P2} of {held.Requests} requests within"));
        }

        foreach (DemoClaim claim in claims)
        {
            output.WriteLine($"{(claim.Holds ? "ok     " : "MISSED ")}{claim.Text}: {Value(claim.Measured, claim.Unit)} "
                + $"(bound {Value(claim.Threshold, claim.Unit)})");
        }
    }

    /// <summary>Writes what was asked, how long it took, on what, and where the report is.</summary>
    public static void WriteEnd(LoadResult load, double seconds, string plant, string? reason, string folder, TextWriter output)
    {
        string where = plant == "lab" ? "" : $" on the {plant}, because {reason}";
        output.WriteLine(F($"{load.Requests} requests, {load.Failed} failed, {load.Misses} misses, {seconds:0} s{where}"));
        output.WriteLine($"report: {Path.Combine(folder, DemoRunner.HtmlFile)}, {Path.Combine(folder, DemoRunner.JsonFile)}");
    }

    /// <summary>Writes both sides beside each other.</summary>
    public static void WriteComparison(Comparison comparison, string powerSource, string title, string side, TextWriter output)
    {
        (ArmSummary plain, ArmSummary tuned) = (comparison.KernelDefault, comparison.Tuned);
        Row(output, title, "kernel default", side, "");
        Row(
            output,
            "server CPU per request, us",
            F($"{plain.CpuUsPerRequest:0.00}"),
            F($"{tuned.CpuUsPerRequest:0.00}"),
            F($"saved {comparison.CpuSavedRatio:P1} ({comparison.CpuSavedLow:P1} to {comparison.CpuSavedHigh:P1})"));
        string saved = F($"saved {comparison.PowerSavedRatio:P1}");
        Row(output, $"power, W ({powerSource})", F($"{plain.Watts:0.00}"), F($"{tuned.Watts:0.00}"), saved);
        Row(output, "p99 at the nodes, us", F($"{plain.NodeP99Us:0}"), F($"{tuned.NodeP99Us:0}"), "");
        Row(output, "p99 at the load, us", F($"{plain.ClientP99Us:0}"), F($"{tuned.ClientP99Us:0}"), "");
        Row(output, "requests within the promise", F($"{plain.WithinSlaRatio:P2}"), F($"{tuned.WithinSlaRatio:P2}"), "");
        Row(output, "failed requests", F($"{plain.Failed}"), F($"{tuned.Failed}"), "");
    }

    /// <summary>Writes one line of the comparison.</summary>
    public static void Row(TextWriter output, string name, string plain, string tuned, string saved) =>
        output.WriteLine($"{name,-32}{plain,16}{tuned,12}   {saved}".TrimEnd());

    private static string Value(double? value, string unit) =>
        value is null ? "-" : unit == "ratio" ? F($"{value:P1}") : F($"{value:0.##} {unit}");

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
