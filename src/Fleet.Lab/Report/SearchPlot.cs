using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Fleet.Simulation.Benchmarks;

namespace Fleet.Lab.Report;

/// <summary>How searches come down to the optimum, as one SVG file that needs nothing else.</summary>
public static class SearchPlot
{
    private const int Colours = 6;

    /// <summary>The file: one line per method, cost over the optimum's after each trial.</summary>
    public static string Of(SurfaceReport report, string title)
    {
        ArgumentNullException.ThrowIfNull(report);
        ImmutableArray<SearchCurve> curves = report.Curves;
        int trials = curves.Max(c => c.OverBest.Length);
        var plot = new SvgPlot(
            title,
            new PlotAxis("trials (windows)", 1, trials),
            PlotAxis.Around("cost / optimum, mean", curves.SelectMany(c => c.OverBest).Append(1), fromZero: false),
            340);
        var legend = new StringBuilder();
        for (int i = 0; i < curves.Length; i++)
        {
            SearchCurve curve = curves[i];
            plot.Line(curve.OverBest.Select((v, t) => (t + 1.0, (double?)v)), $"s{i % Colours}", curve.Method);
            string y = (40 + (16 * i)).ToString(CultureInfo.InvariantCulture);
            legend.Append(CultureInfo.InvariantCulture, $"<line class='line s{i % Colours}' x1='700' x2='724' y1='{y}' y2='{y}'/>")
                .Append(CultureInfo.InvariantCulture, $"<text class='label' x='730' y='{y}' dy='4'>{SvgPlot.Escape(curve.Method)}</text>\n");
        }

        // A file of its own has no page around it: name space, style and title go inside.
        return plot.ToString()
            .Replace("<svg ", "<svg xmlns='http://www.w3.org/2000/svg' font-family='system-ui, sans-serif' ", StringComparison.Ordinal)
            .Replace("</svg>", $"{legend}<text class='label' x='62' y='13' dx='140'>{SvgPlot.Escape(title)}</text></svg>\n", StringComparison.Ordinal)
            .Insert(0, "<?xml version='1.0' encoding='utf-8'?>\n")
            .Replace("</svg>\n", $"<style>{HtmlStyle.Css}</style></svg>\n", StringComparison.Ordinal);
    }
}
