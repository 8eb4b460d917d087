using System.Globalization;
using Fleet.Lab.Day;
using Fleet.Lab.Demo;
using Fleet.Lab.Report;

namespace Fleet.Cli.Demo;

/// <summary>The end of a replayed day for people: the comparison and the claims.</summary>
internal static class DaySummary
{
    /// <summary>Writes the summary.</summary>
    public static void Write(DayDemoReport report, string folder, TextWriter output)
    {
        output.WriteLine();
        if (report.Comparison is { } comparison)
        {
            DemoSummary.WriteComparison(comparison, report.PowerSource, F($"{report.Hours} hours on either side, ABBA"), "fleet", output);
            string fewest = F($"fewest {report.LeastActiveNodes}");
            DemoSummary.Row(output, "nodes with load, mean", F($"{report.MeanNodes:0.00}"), F($"{report.MeanActiveNodes:0.00}"), fewest);
        }

        output.WriteLine();
        DemoSummary.WriteClaims(report.Held, report.Claims, output);
        string plant = report.Plant == "lab" ? "" : $" on the {report.Plant}, because {report.PlantReason}";
        output.WriteLine(F($"{report.Load.Requests} requests, {report.Load.Failed} failed, {report.Load.Misses} misses, ")
            + F($"{report.DurationSeconds:0} s{plant}"));
        output.WriteLine($"report: {Path.Combine(folder, DemoRunner.HtmlFile)}, {Path.Combine(folder, DemoRunner.JsonFile)}");
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
