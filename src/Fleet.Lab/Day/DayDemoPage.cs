using System.Globalization;
using System.Text;
using Fleet.Lab.Report;

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
        string plant = report.Plant == "lab"
            ? "real memcached servers behind the kernel's NAPI in network namespaces"
            : $"simulated pool, because the lab cannot run here: {report.PlantReason}";
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>A day replayed</title>\n<style>")
            .Append(HtmlStyle.Css).Append("</style></head>\n<body>\n<h1>A day replayed</h1>\n")
            .Append(F($"<p>{E(plant)}. {report.Hours} hours of {E(report.Source)}, {report.HourSeconds:0.#} s each on either side, "))
            .Append(F($"peak {report.PeakQps:0} requests/s, promise 99 % within {report.SlaUs:0} us, {report.Servers} servers at the start; "))
            .Append(F($"{report.StartedUtc:yyyy-MM-dd HH:mm} UTC, {report.DurationSeconds:0} s. "))
            .Append(F($"Failed requests: {report.Load.Failed} of {report.Load.Requests}.</p>\n"));
        Summary(page, report);
        Hours(page, report);
        Courses(page, report);
        Tables(page, report);
        page.Append("<h2>Notes</h2><ul>").AppendJoin('\n', report.Notes.Select(n => $"<li>{E(n)}</li>")).Append("</ul>\n</body></html>\n");
        return page.ToString();
    }

    private static void Summary(StringBuilder page, DayDemoReport report)
    {
        Table(page, "Claims", ["claim", "measured", "bound", ""], report.Claims.Select(c => new[]
        {
            c.Text, Value(c.Measured, c.Unit), Value(c.Threshold, c.Unit), c.Holds ? "holds" : "DOES NOT HOLD",
        }));
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
        Table(page, "Promise kept while settings were held (2 s windows of a node)", ["promise, us", "windows", "kept", "share", "requests within"],
            report.Held.Select(h => new[]
            {
                F($"{h.SlaUs:0}"), F($"{h.Windows}"), F($"{h.Met}"), F($"{h.MetRatio:P1}"), F($"{h.RequestRatio:P2}"),
            }));
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

    private static IEnumerable<(string Name, double Value)> Knobs(string setting) => setting.Split(' ')
        .Select(k => k.Split('='))
        .Where(k => k.Length == 2 && double.TryParse(k[1], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        .Select(k => (k[0], double.Parse(k[1], CultureInfo.InvariantCulture)));

    private static string Legend() => string.Join(", ", Sides.Select(s => $"<b style='color: var(--c{s.Style[1]})'>{s.Name}</b>"));

    private static void Figure(StringBuilder page, string title, SvgPlot plot, string caption) =>
        page.Append($"<figure><h2>{E(title)}</h2>\n{plot}\n<figcaption>{caption}</figcaption></figure>\n");

    private static void Table(StringBuilder page, string title, string[] head, IEnumerable<string[]> rows)
    {
        page.Append($"<h2>{E(title)}</h2>\n<div class='wide'><table><thead><tr>")
            .AppendJoin("", head.Select(h => $"<th>{E(h)}</th>")).Append("</tr></thead><tbody>\n");
        foreach (string[] row in rows)
        {
            page.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{E(c)}</td>")).Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static string Value(double? value, string unit) => unit == "ratio" ? F($"{value:P1}") : F($"{value:0.##} {unit}");

    private static string E(string text) => SvgPlot.Escape(text);

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
