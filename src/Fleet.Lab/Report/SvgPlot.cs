using System.Globalization;
using System.Net;
using System.Text;

namespace Fleet.Lab.Report;

/// <summary>A plot as inline SVG: frame, ticks and whatever marks are added. Colours are classes of the page's style.</summary>
internal sealed class SvgPlot
{
    private const double Width = 860;
    private const double Left = 62;
    private const double Right = 14;
    private const double Top = 22;
    private const double Bottom = 40;
    private readonly double _height;
    private readonly PlotAxis _x;
    private readonly PlotAxis _y;
    private readonly StringBuilder _marks = new();
    private readonly string _name;

    /// <summary>Starts a plot with its frame.</summary>
    public SvgPlot(string name, PlotAxis x, PlotAxis y, double height = 280)
    {
        (_name, _x, _y, _height) = (name, x, y, height);
        foreach (double tick in x.Ticks())
        {
            Mark($"<line class='grid' x1='{X(tick)}' x2='{X(tick)}' y1='{N(Top)}' y2='{N(_height - Bottom)}'/>");
            Mark($"<text class='tick' text-anchor='middle' x='{X(tick)}' y='{N(_height - Bottom + 15)}'>{PlotAxis.Text(tick)}</text>");
        }

        foreach (double tick in y.Ticks())
        {
            Mark($"<line class='grid' x1='{N(Left)}' x2='{N(Width - Right)}' y1='{Y(tick)}' y2='{Y(tick)}'/>");
            Mark($"<text class='tick' text-anchor='end' x='{N(Left - 6)}' y='{Y(tick, 4)}'>{PlotAxis.Text(tick)}</text>");
        }

        Mark($"<text class='label' text-anchor='middle' x='{N((Left + Width - Right) / 2)}' y='{N(_height - 6)}'>{Escape(x.Label)}</text>");
        Mark($"<text class='label' x='{N(4)}' y='{N(13)}'>{Escape(y.Label)}</text>");
    }

    /// <summary>A point with a tooltip.</summary>
    public SvgPlot Dot(double x, double y, string style, string tip, double radius = 4)
    {
        Mark($"<circle class='{style}' cx='{X(x)}' cy='{Y(y)}' r='{N(radius)}'><title>{Escape(tip)}</title></circle>");
        return this;
    }

    /// <summary>A line through points; gaps where a value is null.</summary>
    public SvgPlot Line(IEnumerable<(double X, double? Y)> points, string style, string name)
    {
        var path = new StringBuilder();
        bool open = false;
        foreach ((double x, double? y) in points)
        {
            if (y is { } known && double.IsFinite(known))
            {
                path.Append(open ? 'L' : 'M').Append(X(x)).Append(' ').Append(Y(known));
                open = true;
            }
            else
            {
                open = false;
            }
        }

        Mark($"<path class='line {style}' d='{path}'><title>{Escape(name)}</title></path>");
        return this;
    }

    /// <summary>A horizontal line across part of the plot, with its name.</summary>
    public SvgPlot Level(double y, double fromX, double toX, string style, string name)
    {
        Mark($"<line class='{style}' x1='{X(fromX)}' x2='{X(toX)}' y1='{Y(y)}' y2='{Y(y)}'><title>{Escape(name)}</title></line>");
        Mark($"<text class='note' x='{X(fromX, 4)}' y='{Y(y, -4)}'>{Escape(name)}</text>");
        return this;
    }

    /// <summary>A shaded part of the plot from one x to another, with its name at the top.</summary>
    public SvgPlot Band(double fromX, double toX, bool shaded, string name)
    {
        double width = Math.Max(0, At(_x.Share(toX)) - At(_x.Share(fromX)));
        string style = shaded ? "band odd" : "band";
        Mark($"<rect class='{style}' x='{X(fromX)}' y='{N(Top)}' width='{N(width)}' height='{N(_height - Bottom - Top)}'/>");
        Mark($"<text class='note' x='{X(fromX, 4)}' y='{N(Top + 12)}'>{Escape(name)}</text>");
        return this;

        static double At(double share) => Left + (Math.Clamp(share, 0, 1) * (Width - Left - Right));
    }

    /// <summary>The plot as one SVG element.</summary>
    public override string ToString() =>
        $"<svg role='img' aria-label='{Escape(_name)}' viewBox='0 0 {N(Width)} {N(_height)}'>{_marks}</svg>";

    internal static string Escape(string text) => WebUtility.HtmlEncode(text);

    private static string N(double pixels) => pixels.ToString("0.##", CultureInfo.InvariantCulture);

    private void Mark(string svg) => _marks.Append(svg).Append('\n');

    private string X(double value, double shift = 0) =>
        N(Left + (Math.Clamp(_x.Share(value), 0, 1) * (Width - Left - Right)) + shift);

    private string Y(double value, double shift = 0) =>
        N(_height - Bottom - (Math.Clamp(_y.Share(value), 0, 1) * (_height - Bottom - Top)) + shift);
}
