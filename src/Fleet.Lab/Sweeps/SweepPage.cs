using System.Globalization;
using System.Text;
using Fleet.Lab.Report;

namespace Fleet.Lab.Sweeps;

/// <summary>A sweep as one HTML page that needs nothing else: power against p99 per load, or the pictures of NetPIPE.</summary>
public static class SweepPage
{
    private const string Legend = "<figcaption><b class='good'>front</b>, <b class='plain'>other settings</b>, "
        + "<b class='bad'>kernel default</b></figcaption></figure>\n";

    /// <summary>The page.</summary>
    public static string Of(SweepReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new StringBuilder();
        string title = report.Workload == SweepReport.NetPipe ? "NetPIPE: goodput and energy" : "Power against p99";
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>Sweep</title>\n<style>")
            .Append(HtmlStyle.Css).Append($"</style></head>\n<body>\n<h1>{title}</h1>\n<p>{SvgPlot.Escape(report.Workload)} on ")
            .Append(SvgPlot.Escape(report.Plant)).Append("; power ").Append(SvgPlot.Escape(report.PowerText))
            .Append(string.Create(CultureInfo.InvariantCulture, $"; {report.Repeats} x {report.WindowSeconds:0.##} s a cell.</p>\n"));
        if (report.Messages.Count > 0)
        {
            NetPipePictures.Append(page, report.Messages);
        }
        else
        {
            foreach (IGrouping<double, SweepCell> load in report.Cells.GroupBy(c => c.Qps))
            {
                Load(page, [.. load], $"power, W ({report.PowerSource})");
            }
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static void Load(StringBuilder page, SweepCell[] cells, string power)
    {
        IReadOnlyList<SweepCell> front = SweepCell.Front(cells);
        var plot = new SvgPlot(
            "power against p99",
            PlotAxis.Around("p99, us", cells.Select(c => c.P99Us), logarithmic: true),
            PlotAxis.Around(power, cells.Select(c => c.Watts)));
        plot.Line(front.Select(c => (c.P99Us, (double?)c.Watts)), "s1", "front");
        foreach (SweepCell cell in cells)
        {
            plot.Dot(cell.P99Us, cell.Watts, cell.IsDefault ? "dot bad" : front.Contains(cell) ? "dot good" : "dot plain", Text(cell));
        }

        page.Append(string.Create(CultureInfo.InvariantCulture, $"<figure><h2>{cells[0].Qps:0} requests/s</h2>\n{plot}\n")).Append(Legend)
            .Append("<ul>").AppendJoin('\n', front.Select(c => $"<li>{SvgPlot.Escape(Text(c))}</li>")).Append("</ul>\n");
    }

    private static string Text(SweepCell cell) =>
        string.Create(CultureInfo.InvariantCulture, $"{cell.SettingText}: {cell.Watts:0.00} W, {cell.P99Us:0} us");
}
