using System.Text;
using static Fleet.Lab.Report.PageParts;

namespace Fleet.Lab.Report;

/// <summary>The report as one HTML page that needs nothing else: no script, no request.</summary>
public static class HtmlReport
{
    /// <summary>Writes the page.</summary>
    public static string Page(DemoReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>Fleet demo</title>\n<style>")
            .Append(HtmlStyle.Css).Append("</style></head>\n<body>\n<h1>Fleet demo</h1>\n");
        Summary(page, report);
        Claims(page, report.Claims);
        Compare(page, report.Comparison);
        Figure(page, "Visited settings", ReportPlots.Pareto(report),
            "<b class='plain'>kernel default</b>, <b class='good'>kept</b> or <b class='bad'>broke</b> the promise in force");
        Figure(page, "Interleaved windows", ReportPlots.Pairs(report), "<b class='plain'>kernel default</b> and <b class='good'>tuned</b>");
        Figure(page, "Server CPU per request", ReportPlots.Cpu(report), "memcached and its NAPI threads, all nodes");
        Figure(page, "Power", ReportPlots.Power(report), PowerNote(report.PowerSource));
        Figure(page, "p99", ReportPlots.Latency(report),
            "one line a node as the proxy sees it; grey: at the load, from when due; dashed: the promise");
        Held(page, report.Held);
        Nodes(page, report.Nodes);
        Windows(page, report.Windows);
        Settings(page, report.Settings);
        Notes(page, report.Notes);
        return page.ToString();
    }

    /// <summary>What a reader must know about power figures of a source.</summary>
    internal static string PowerNote(string source) => source == "model"
        ? "estimated from CPU time by the agents' model, not measured"
        : $"measured by {E(source)}";

    private static void Summary(StringBuilder page, DemoReport report)
    {
        page.Append(F($"<p>{E(Plant(report.Plant, report.PlantReason))}. {report.Servers} servers, "))
            .Append(F($"{report.OfferedQps:0} requests per second offered, seed {report.Seed}, "))
            .Append(F($"{report.StartedUtc:yyyy-MM-dd HH:mm} UTC, {report.DurationSeconds:0} s. Failed requests: {report.Load.Failed} of "))
            .Append(F($"{report.Load.Requests}.</p>\n"));
    }

    private static void Compare(StringBuilder page, Comparison? comparison)
    {
        if (comparison is null)
        {
            return;
        }

        (ArmSummary plain, ArmSummary tuned) = (comparison.KernelDefault, comparison.Tuned);
        Table(page, "Kernel default against tuned", ["", "kernel default", "tuned", "saved"],
        [
            ["windows", F($"{plain.Windows}"), F($"{tuned.Windows}"), ""],
            ["requests", F($"{plain.Requests}"), F($"{tuned.Requests}"), ""],
            ["failed requests", F($"{plain.Failed}"), F($"{tuned.Failed}"), ""],
            ["server CPU, us per request", F($"{plain.CpuUsPerRequest:0.00}"), F($"{tuned.CpuUsPerRequest:0.00}"),
                F($"{comparison.CpuSavedRatio:P1} ({comparison.CpuSavedLow:P1} to {comparison.CpuSavedHigh:P1})")],
            ["power, W", F($"{plain.Watts:0.00}"), F($"{tuned.Watts:0.00}"), F($"{comparison.PowerSavedRatio:P1}")],
            ["p99 at the nodes, us", F($"{plain.NodeP99Us:0}"), F($"{tuned.NodeP99Us:0}"), ""],
            ["p99 at the load, us", F($"{plain.ClientP99Us:0}"), F($"{tuned.ClientP99Us:0}"), ""],
            ["p50 at the load, us", F($"{plain.ClientP50Us:0}"), F($"{tuned.ClientP50Us:0}"), ""],
            ["requests within the promise", F($"{plain.WithinSlaRatio:P2}"), F($"{tuned.WithinSlaRatio:P2}"), ""],
        ]);
    }

    private static void Nodes(StringBuilder page, IReadOnlyList<ReportNode> nodes) => Table(
        page,
        "Nodes at the end",
        ["node", "setting", "phase", "trials", "reason"],
        nodes.Select(n => new[] { n.Id, n.Setting, n.Phase, F($"{n.Trials}"), n.Reason }));

    private static void Windows(StringBuilder page, IReadOnlyList<ReportWindow> windows) => Table(
        page,
        "Interleaved windows",
        ["pair", "side", "s", "requests", "failed", "CPU us/request", "W", "node p99", "worst node p99", "load p99"],
        windows.Select(w => new[]
        {
            F($"{w.Pair}"), w.Tuned ? "tuned" : "default", F($"{w.StartSeconds:0.0}"), F($"{w.Requests}"), F($"{w.Failed}"),
            F($"{w.CpuUsPerRequest:0.00}"), F($"{w.Watts:0.00}"), F($"{w.NodeP99Us:0}"), F($"{w.WorstNodeP99Us:0}"),
            F($"{w.ClientP99Us:0}"),
        }));

    private static void Settings(StringBuilder page, IReadOnlyList<VisitedSetting> settings) => Table(
        page,
        "Decisions",
        ["s", "node", "kind", "setting", "W", "p99", "promise", "why"],
        settings.Select(s => new[]
        {
            F($"{s.AtSeconds:0.0}"), s.Node, s.Kind, s.Setting, F($"{s.Watts:0.00}"), F($"{s.P99Us:0}"), F($"{s.SlaUs:0}"),
            $"{s.Trigger}: {s.Reason}",
        }));
}
