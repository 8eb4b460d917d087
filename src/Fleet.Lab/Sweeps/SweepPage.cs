using System.Globalization;
using System.Text;
using Fleet.Lab.Report;

namespace Fleet.Lab.Sweeps;

/// <summary>A sweep as one HTML page: power against p99 per load, the front and the kernel default marked.</summary>
public static class SweepPage
{
    /// <summary>The page.</summary>
    public static string Of(IReadOnlyList<SweepCell> cells)
    {
        ArgumentNullException.ThrowIfNull(cells);
        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>Sweep</title>\n<style>")
            .Append(HtmlStyle.Css).Append("</style></head>\n<body>\n<h1>Power against p99</h1>\n");
        foreach (IGrouping<double, SweepCell> load in cells.GroupBy(c => c.Qps))
        {
            IReadOnlyList<SweepCell> front = SweepCell.Front(load);
            var plot = new SvgPlot(
                "power against p99",
                PlotAxis.Around("p99, us", load.Select(c => c.P99Us), logarithmic: true),
                PlotAxis.Around("W", load.Select(c => c.Watts)));
            plot.Line(front.Select(c => (c.P99Us, (double?)c.Watts)), "s1", "front");
            foreach (SweepCell cell in load)
            {
                plot.Dot(cell.P99Us, cell.Watts, cell.IsDefault ? "dot bad" : front.Contains(cell) ? "dot good" : "dot plain", Text(cell));
            }

            page.Append(string.Create(CultureInfo.InvariantCulture, $"<figure><h2>{load.Key:0} requests/s</h2>\n{plot}\n"))
                .Append("<figcaption><b class='good'>front</b>, <b class='plain'>other settings</b>, <b class='bad'>kernel default</b>")
                .Append("</figcaption></figure>\n<ul>")
                .AppendJoin('\n', front.Select(c => $"<li>{SvgPlot.Escape(Text(c))}</li>")).Append("</ul>\n");
        }

        return page.Append("</body></html>\n").ToString();
    }

    private static string Text(SweepCell cell)
    {
        string setting = cell.IsDefault ? "kernel default" : string.Join(' ', cell.Setting.Select(v => $"{v.Key}={v.Value}"));
        return string.Create(CultureInfo.InvariantCulture, $"{setting}: {cell.Watts:0.00} W, {cell.P99Us:0} us");
    }
}
