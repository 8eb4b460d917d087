using System.Globalization;

namespace Fleet.Lab.Report;

/// <summary>One axis: maps values to pixels and says where its ticks are.</summary>
/// <param name="Label">Name with unit.</param>
/// <param name="Low">Lowest value.</param>
/// <param name="High">Highest value, above <paramref name="Low"/>.</param>
/// <param name="Logarithmic">Equal ratios are equal distances; needs a positive <paramref name="Low"/>.</param>
internal sealed record PlotAxis(string Label, double Low, double High, bool Logarithmic = false)
{
    /// <summary>An axis that holds all values with some room; a placeholder range when there are none.</summary>
    public static PlotAxis Around(string label, IEnumerable<double> values, bool logarithmic = false, bool fromZero = false)
    {
        double[] known = [.. values.Where(v => double.IsFinite(v) && (!logarithmic || v > 0))];
        if (known.Length == 0)
        {
            return new PlotAxis(label, 1, 10, logarithmic);
        }

        double low = known.Min(), high = known.Max();
        if (logarithmic)
        {
            return new PlotAxis(label, low / 1.15, high * 1.15, true);
        }

        double room = Math.Max((high - low) * 0.06, Math.Max(Math.Abs(high) * 0.01, 1e-9));
        return new PlotAxis(label, fromZero ? Math.Min(0, low) : low - room, high + room);
    }

    /// <summary>Share of the way from low to high, 0 to 1 inside the axis.</summary>
    public double Share(double value) => Logarithmic
        ? Math.Log(Math.Max(value, Low / 10) / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>Round values inside the axis.</summary>
    public IEnumerable<double> Ticks() => Logarithmic ? LogTicks() : LinearTicks();

    /// <summary>A tick's text.</summary>
    public static string Text(double tick) => tick.ToString(Math.Abs(tick) >= 10000 ? "0,.#k" : "0.###", CultureInfo.InvariantCulture);

    private IEnumerable<double> LinearTicks()
    {
        double rough = (High - Low) / 5;
        double magnitude = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = magnitude * ((rough / magnitude) switch { < 1.5 => 1, < 3.5 => 2, < 7.5 => 5, _ => 10 });
        for (double tick = Math.Ceiling(Low / step) * step; tick <= High; tick += step)
        {
            yield return Math.Round(tick, 9);
        }
    }

    private IEnumerable<double> LogTicks()
    {
        for (double decade = Math.Pow(10, Math.Floor(Math.Log10(Low))); decade <= High; decade *= 10)
        {
            foreach (double factor in (double[])[1, 2, 5])
            {
                if (decade * factor >= Low && decade * factor <= High)
                {
                    yield return decade * factor;
                }
            }
        }
    }
}
