using System.Text;
using Fleet.Simulation.Days;
using static Fleet.Lab.Report.PageParts;

namespace Fleet.Lab.Report;

/// <summary>A simulated day as one HTML page that needs nothing else: summary, and energy, p99, load, servers and settings over time.</summary>
public static class DayPage
{
    private const int Colours = 6;

    /// <summary>The page.</summary>
    public static string Of(DayReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>A day of load</title>\n<style>")
            .Append(HtmlStyle.Css).Append("</style></head>\n<body>\n<h1>A day of load</h1>\n")
            .Append(F($"<p>Trace {E(report.Trace)}, {report.Hours:0.##} h, one server's peak {report.PeakQps:0} requests/s; "))
            .Append(F($"server {E(report.Server)}; seed {report.Seed}.</p>\n"));
        Summary(page, report);
        foreach (IGrouping<(double SlaUs, int Nodes), PolicyCourse> day in report.Courses.GroupBy(c => (c.SlaUs, c.Nodes)))
        {
            Day(page, day.Key.SlaUs, day.Key.Nodes, report.Percentile, [.. day]);
        }

        page.Append("<h2>Notes</h2><ul>")
            .AppendJoin('\n', report.Policies.Select(p => p.Name).Distinct().Select(n => $"<li>{E(n)}: {E(DayPolicies.Meaning(n))}</li>"))
            .AppendJoin('\n', report.Notes.Select(n => $"<li>{E(n)}</li>")).Append("</ul>\n</body></html>\n");
        return page.ToString();
    }

    private static void Summary(StringBuilder page, DayReport report)
    {
        page.Append("<h2>Summary</h2>\n<div class='wide'><table><thead><tr><th>SLA, us</th><th>servers</th><th>policy</th><th>seeds</th>")
            .Append("<th>MJ</th><th>mean W</th><th>over oracle</th><th>saved against default</th><th>slices over SLA</th>")
            .Append("<th>requests in them</th><th>trials</th><th>active servers</th></tr></thead><tbody>\n");
        foreach (PolicyRow r in report.Policies)
        {
            page.Append(F($"<tr><td>{r.SlaUs:0.##}</td><td>{r.Nodes}</td><td>{E(r.Name)}</td><td>{r.Runs}</td><td>{r.Joules / 1e6:0.000}</td>"))
                .Append(F($"<td>{r.Joules / report.Hours / 3600:0.0}</td><td>{r.OverOracle:0.0000}</td><td>{r.SavingOverDefault:P1}</td>"))
                .Append(F($"<td>{r.ShareOfSlicesOverSla:P3}</td><td>{r.ShareOfRequestsOverSla:P3}</td><td>{r.Trials:0.0}</td>"))
                .Append(F($"<td>{r.MeanActiveNodes:0.00}</td></tr>\n"));
        }

        page.Append("</tbody></table></div>\n");
    }

    private static void Day(StringBuilder page, double slaUs, int nodes, double percentile, PolicyCourse[] courses)
    {
        page.Append(F($"<h2>SLA {slaUs:0.##} us, {nodes} {(nodes == 1 ? "server" : "servers")}</h2>\n<p>"))
            .AppendJoin(", ", courses.Select((c, i) => $"<b style='color: var(--c{i % Colours})'>{E(c.Name)}</b>")).Append("</p>\n");
        double end = courses.Max(c => c.Points.Max(p => p.Hour));
        PlotAxis Hours() => new("hours", 0, Math.Max(end, 1e-3));
        Figure(page, Plot("Energy per second", "W, all servers", c => c.Watts, fromZero: true), "");
        SvgPlot tail = Plot(F($"p{percentile:0.##}"), F($"p{percentile:0.##}, us, worst server"), c => c.PercentileUs, fromZero: true, slaUs);
        Figure(page, tail.Level(slaUs, 0, end, "sla", "SLA"), "dashed: the promise");
        SvgPlot load = new("Load", Hours(), PlotAxis.Around("requests/s, all servers", courses[0].Points.Select(p => p.Qps), fromZero: true), 180);
        Figure(page, load.Line(courses[0].Points.Select(p => (p.Hour, (double?)p.Qps)), "s0", "load"), "");
        if (nodes > 1)
        {
            Figure(page, Plot("Active servers", "servers with load", c => c.ActiveNodes, fromZero: true), "");
        }

        foreach (string knob in courses.SelectMany(c => c.Points).SelectMany(p => Knobs(p.Setting)).Select(k => k.Name).Distinct().Order())
        {
            Figure(page, Plot(knob, knob, c => Knobs(c.Setting).Where(k => k.Name == knob).Select(k => (double?)k.Value).FirstOrDefault(), false),
                "gaps: the kernel default");
        }

        SvgPlot Plot(string name, string label, Func<DayPoint, double?> value, bool fromZero, double? also = null)
        {
            IEnumerable<double> values = courses.SelectMany(c => c.Points).Select(value).OfType<double>().Concat(also is { } more ? [more] : []);
            var plot = new SvgPlot(name, Hours(), PlotAxis.Around(label, values, fromZero: fromZero));
            for (int i = 0; i < courses.Length; i++)
            {
                plot.Line(courses[i].Points.Select(p => (p.Hour, value(p))), $"s{i % Colours}", courses[i].Name);
            }

            return plot;
        }
    }

    private static void Figure(StringBuilder page, SvgPlot plot, string caption) =>
        page.Append($"<figure>{plot}\n<figcaption>{caption}</figcaption></figure>\n");
}
