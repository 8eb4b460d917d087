using System.Text;
using Fleet.Lab.Report;
using static Fleet.Lab.Report.PageParts;

namespace Fleet.Lab.Day;

/// <summary>A replayed day as one HTML page that needs nothing else: load, power, p99, active nodes, settings, by hour and over time.</summary>
public static class DayDemoPage
{
    private static readonly (string Name, string Style, bool Tuned)[] Sides = [("kernel default", "s1", false), ("fleet", "s0", true)];

    /// <summary>The page.</summary>
    public static string Of(DayDemoReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>A day replayed</title>\n<style>")
            .Append(HtmlStyle.Css).Append("</style></head>\n<body>\n<h1>A day replayed</h1>\n")
            .Append(F($"<p>{E(Plant(report.Plant, report.PlantReason))}. {report.Hours} hours of {E(report.Source)}, "))
            .Append(F($"{report.HourSeconds:0.#} s each on either side, "))
            .Append(F($"peak {report.PeakQps:0} requests/s, promise 99 % within {report.SlaUs:0} us, {report.Servers} servers at the start; "))
            .Append(F($"{report.StartedUtc:yyyy-MM-dd HH:mm} UTC, {report.DurationSeconds:0} s. "))
            .Append(F($"Failed requests: {report.Load.Failed} of {report.Load.Requests}.</p>\n"));
        Summary(page, report);
        Hours(page, report);
        Courses(page, report);
        Tables(page, report);
        Notes(page, report.Notes);
        return page.ToString();
    }

    private static void Summary(StringBuilder page, DayDemoReport report)
    {
        Claims(page, report.Claims);
        if (report.Comparison is not { } comparison)
        {
            return;
        }

        (ArmSummary plain, ArmSummary fleet) = (comparison.KernelDefault, comparison.Tuned);
        Table(page, "The day on either side", ["", "kernel default", "fleet", "saved"],
        [
            ["hours", F($"{plain.Windows}"), F($"{fleet.Windows}"), ""],
            ["requests", F($"{plain.Requests}"), F($"{fleet.Requests}"), ""],
            ["failed requests", F($"{plain.Failed}"), F($"{fleet.Failed}"), ""],
            ["server CPU, us per request", F($"{plain.CpuUsPerRequest:0.00}"), F($"{fleet.CpuUsPerRequest:0.00}"),
                F($"{comparison.CpuSavedRatio:P1} ({comparison.CpuSavedLow:P1} to {comparison.CpuSavedHigh:P1})")],
            [$"power, W ({report.PowerSource})", F($"{plain.Watts:0.00}"), F($"{fleet.Watts:0.00}"), F($"{comparison.PowerSavedRatio:P1}")],
            ["p99 at the nodes, us, median hour", F($"{plain.NodeP99Us:0}"), F($"{fleet.NodeP99Us:0}"), ""],
            ["p99 at the load, us, median hour", F($"{plain.ClientP99Us:0}"), F($"{fleet.ClientP99Us:0}"), ""],
            ["requests within the promise", F($"{plain.WithinSlaRatio:P2}"), F($"{fleet.WithinSlaRatio:P2}"), ""],
            ["nodes with load, mean", F($"{report.MeanNodes:0.00}"), F($"{report.MeanActiveNodes:0.00} (fewest {report.LeastActiveNodes})"), ""],
        ]);
    }

    private static void Hours(StringBuilder page, DayDemoReport report)
    {
        Figure(page, "Power, hour by hour", ByHour(report, F($"W, all members ({report.PowerSource})"), w => w.Watts), Legend());
        Figure(page, "Server CPU, hour by hour", ByHour(report, "us per request", w => w.CpuUsPerRequest), Legend());
        SvgPlot tail = ByHour(report, "p99 of the worst node, us", w => w.WorstNodeP99Us, report.SlaUs);
        Figure(page, "p99, hour by hour", tail.Level(report.SlaUs, 0, report.Hours, "sla", "promise"), Legend());
        Figure(page, "Load, hour by hour", ByHour(report, "requests/s", w => w.Requests / w.DurationSeconds), Legend());
    }

    private static SvgPlot ByHour(DayDemoReport report, string label, Func<ReportWindow, double?> value, double? also = null)
    {
        IEnumerable<double> all = report.Windows.Select(value).OfType<double>().Concat(also is { } more ? [more] : []);
        var plot = new SvgPlot(label, new PlotAxis("hour", 0, report.Hours), PlotAxis.Around(label, all, fromZero: true), 220);
        foreach ((string name, string style, bool tuned) in Sides)
        {
            plot.Line(report.Windows.Where(w => w.Tuned == tuned).OrderBy(w => w.Pair).Select(w => (w.Pair + 0.5, value(w))), style, name);
        }

        return plot;
    }

    private static void Courses(StringBuilder page, DayDemoReport report)
    {
        Figure(page, "Active nodes over time", Course(report, "nodes", s => s.Nodes, "s1", "members", 200)
            .Line(report.Series.Select(s => (s.AtSeconds, (double?)s.ActiveNodes)), "s0", "with load"),
            "<b style='color: var(--c1)'>members</b>, <b style='color: var(--c0)'>with load</b>; the others are parked");
        Figure(page, "Power over time", Course(report, F($"W ({report.PowerSource})"), s => s.Watts, "s0", "power", 200), "");
        Figure(page, "p99 over time", Course(report, "p99 of the worst node, us", s => s.NodeP99Us, "s0", "p99", 240, report.SlaUs)
            .Level(report.SlaUs, 0, report.DurationSeconds, "sla", "promise"), "");
        Figure(page, "Load over time", Course(report, "requests/s", s => s.Qps, "s0", "load", 180), "");
        string[] knobs = [.. report.Series.SelectMany(s => s.Settings.Values).SelectMany(Knobs).Select(k => k.Name).Distinct().Order()];
        string[] nodes = [.. report.Series.SelectMany(s => s.Settings.Keys).Distinct().Order(StringComparer.Ordinal)];
        foreach (string knob in knobs)
        {
            SvgPlot plot = Course(report, knob, s => nodes.Select(n => Of(s, n, knob)).Max() ?? 0);
            for (int i = 0; i < nodes.Length; i++)
            {
                plot.Line(report.Series.Select(s => (s.AtSeconds, Of(s, nodes[i], knob))), $"s{i % 6}", nodes[i]);
            }

            Figure(page, $"{knob} over time", plot, "one line a node, gaps: kernel default or parked; "
                + string.Join(", ", nodes.Select((n, i) => $"<b style='color: var(--c{i % 6})'>{E(n)}</b>")));
        }
    }

    private static SvgPlot Course(
        DayDemoReport report,
        string label,
        Func<DaySample, double?> value,
        string style = "",
        string name = "",
        double height = 180,
        double? also = null)
    {
        IEnumerable<double> all = report.Series.Select(value).OfType<double>().Concat(also is { } more ? [more] : []);
        var plot = new SvgPlot(label, new PlotAxis("seconds", 0, report.DurationSeconds), PlotAxis.Around(label, all, fromZero: true), height);
        for (int i = 0; i < report.Phases.Count; i++)
        {
            ReportPhase phase = report.Phases[i];
            plot.Band(phase.StartSeconds, Math.Min(phase.EndSeconds, report.DurationSeconds), i % 2 == 1, phase.Name);
        }

        return name.Length == 0 ? plot : plot.Line(report.Series.Select(s => (s.AtSeconds, value(s))), style, name);
    }

    private static void Tables(StringBuilder page, DayDemoReport report)
    {
        Held(page, report.Held);
        Table(page, "Hours", ["hour", "side", "s", "requests/s", "failed", "CPU us/request", "W", "node p99", "worst node p99", "load p99", "within"],
            report.Windows.OrderBy(w => w.Pair).ThenBy(w => w.Tuned).Select(w => new[]
            {
                F($"{w.Pair}"), w.Tuned ? "fleet" : "default", F($"{w.StartSeconds:0.0}"), F($"{w.Requests / w.DurationSeconds:0}"), F($"{w.Failed}"),
                F($"{w.CpuUsPerRequest:0.00}"), F($"{w.Watts:0.00}"), F($"{w.NodeP99Us:0}"), F($"{w.WorstNodeP99Us:0}"), F($"{w.ClientP99Us:0}"),
                F($"{w.WithinSlaRatio:P2}"),
            }));
        Table(page, "Decisions", ["s", "node", "kind", "setting", "W", "p99", "why"], report.Settings.Select(s => new[]
        {
            F($"{s.AtSeconds:0.0}"), s.Node, s.Kind, s.Setting, F($"{s.Watts:0.00}"), F($"{s.P99Us:0}"), $"{s.Trigger}: {s.Reason}",
        }));
    }

    private static double? Of(DaySample sample, string node, string knob) => sample.Settings.TryGetValue(node, out string? setting)
        ? Knobs(setting).Where(k => k.Name == knob).Select(k => (double?)k.Value).FirstOrDefault()
        : null;

    private static string Legend() => string.Join(", ", Sides.Select(s => $"<b style='color: var(--c{s.Style[1]})'>{s.Name}</b>"));
}
