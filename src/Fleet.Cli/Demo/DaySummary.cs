using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Lab.Day;
using Fleet.Lab.Report;

namespace Fleet.Cli.Demo;

/// <summary>The end of a replayed day for people: the comparison and the claims.</summary>
internal static class DaySummary
{
    /// <summary>Writes the summary.</summary>
    public static void Write(DayDemoReport report, string folder, TextWriter output)
    {
        output.WriteLine();
        WriteHours(report, output);
        output.WriteLine();
        if (report.Comparison is { } comparison)
        {
            DemoSummary.WriteComparison(comparison, report.PowerSource, F($"{report.Hours} hours on either side, ABBA"), "fleet", output);
            string fewest = F($"fewest {report.LeastActiveNodes}");
            DemoSummary.Row(output, "nodes with load, mean", F($"{report.MeanNodes:0.00}"), F($"{report.MeanActiveNodes:0.00}"), fewest);
        }

        output.WriteLine();
        DemoSummary.WriteClaims(report.Held, report.Claims, output);
        DemoSummary.WriteEnd(report.Load, report.DurationSeconds, report.Plant, report.PlantReason, folder, output);
    }

    private static void WriteHours(DayDemoReport report, TextWriter output)
    {
        var table = new TextTable(
            "hour", "req/s", "members", "with load", "CPU us/req default", "fleet", "p99 us default", "fleet", "within promise default", "fleet");
        foreach (IGrouping<int, ReportWindow> hour in report.Windows.GroupBy(w => w.Pair).OrderBy(h => h.Key))
        {
            DaySample[] fleet = [.. report.Series.Where(s => s.Phase == "fleet" && s.Hour is { } at && (int)at == hour.Key)];
            ReportWindow? plain = hour.FirstOrDefault(w => !w.Tuned);
            ReportWindow? tuned = hour.FirstOrDefault(w => w.Tuned);
            table.Add(
                F($"{hour.Key}"),
                F($"{hour.Average(w => w.Requests / w.DurationSeconds):0}"),
                fleet.Length == 0 ? "" : F($"{fleet.Average(s => s.Nodes):0.#}"),
                fleet.Length == 0 ? "" : F($"{fleet.Average(s => s.ActiveNodes):0.0}"),
                F($"{plain?.CpuUsPerRequest:0.0}"),
                F($"{tuned?.CpuUsPerRequest:0.0}"),
                F($"{plain?.NodeP99Us:0}"),
                F($"{tuned?.NodeP99Us:0}"),
                F($"{plain?.WithinSlaRatio:P2}"),
                F($"{tuned?.WithinSlaRatio:P2}"));
        }

        table.Write(output);
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
