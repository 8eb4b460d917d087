using System.Globalization;
using System.Text;
using Fleet.Lab.Report;

namespace Fleet.Lab.Sweeps;

/// <summary>
/// The pictures of the published study: goodput and energy against message size, and per size energy against the interrupt delay, which is
/// a V (too short a delay interrupts too often, too long a one waits), and against the round trip.
/// </summary>
internal static class NetPipePictures
{
    private static readonly (string Name, string Style)[] Arms = [("kernel default", "s1"), ("most goodput", "s0"), ("least energy", "s3")];

    internal static void Append(StringBuilder page, IReadOnlyList<NetPipeCell> cells)
    {
        NetPipeCell[][] sizes = [.. cells.GroupBy(c => c.MessageBytes).OrderBy(g => g.Key).Select(g => g.ToArray())];
        Against(page, sizes, "Goodput against message size", "Mbit/s", c => c.GoodputMbps);
        Against(page, sizes, "Energy against message size", "mJ per round trip, both ends", c => c.MillijoulesPerRoundTrip);
        Table(page, sizes);
        foreach (NetPipeCell[] size in sizes)
        {
            string bytes = string.Create(CultureInfo.InvariantCulture, $"{size[0].MessageBytes} bytes");
            Valley(page, size, bytes);
            Cloud(page, size, bytes);
        }
    }

    private static void Against(StringBuilder page, NetPipeCell[][] sizes, string title, string label, Func<NetPipeCell, double> value)
    {
        var plot = new SvgPlot(
            title,
            PlotAxis.Around("message, bytes", sizes.Select(s => (double)s[0].MessageBytes), logarithmic: true),
            PlotAxis.Around(label, sizes.SelectMany(s => s).Select(value), logarithmic: true));
        foreach (NetPipeCell cell in sizes.SelectMany(s => s))
        {
            plot.Dot(cell.MessageBytes, value(cell), cell.IsDefault ? "dot bad" : "dot plain", Text(cell), 3);
        }

        for (int arm = 0; arm < Arms.Length; arm++)
        {
            plot.Line(sizes.Select(s => ((double)s[0].MessageBytes, (double?)value(Best(s, arm)))), Arms[arm].Style, Arms[arm].Name);
        }

        page.Append($"<figure><h2>{title}</h2>\n{plot}\n<figcaption>lines: ")
            .AppendJoin(", ", Arms.Select(a => $"<b style='color: var(--c{a.Style[1]})'>{a.Name}</b>"))
            .Append("; dots: every setting, <b class='bad'>kernel default</b></figcaption></figure>\n");
    }

    private static NetPipeCell Best(NetPipeCell[] size, int arm) => arm switch
    {
        0 => size.Single(c => c.IsDefault),
        1 => size.MaxBy(c => c.GoodputMbps)!,
        _ => size.MinBy(c => c.MillijoulesPerRoundTrip)!,
    };

    private static void Table(StringBuilder page, NetPipeCell[][] sizes)
    {
        page.Append("<div class='wide'><table><thead><tr><th>bytes</th><th></th><th>setting</th><th>Mbit/s</th><th>mJ per round trip</th>")
            .Append("<th>round trip, us</th><th>W</th></tr></thead><tbody>\n");
        foreach (NetPipeCell[] size in sizes)
        {
            for (int arm = 0; arm < Arms.Length; arm++)
            {
                NetPipeCell c = Best(size, arm);
                page.Append(string.Create(
                    CultureInfo.InvariantCulture,
                    $"<tr><td>{c.MessageBytes}</td><td>{Arms[arm].Name}</td><td>{SvgPlot.Escape(c.SettingText)}</td><td>{c.GoodputMbps:0.0}</td>"
                        + $"<td>{c.MillijoulesPerRoundTrip:0.0000}</td><td>{c.RoundTripUs:0.0}</td><td>{c.Watts:0.00}</td></tr>\n"));
            }
        }

        page.Append("</tbody></table></div>\n");
    }

    // Energy over the delay of the receiving end, the other knobs at the values of the setting with the least energy.
    private static void Valley(StringBuilder page, NetPipeCell[] size, string bytes)
    {
        string? knob = size.SelectMany(c => c.Setting.Keys).FirstOrDefault(k => !k.StartsWith(NetPipePlant.SenderPrefix, StringComparison.Ordinal));
        NetPipeCell? best = size.Where(c => !c.IsDefault).MinBy(c => c.MillijoulesPerRoundTrip);
        if (knob is null || best is null)
        {
            return;
        }

        NetPipeCell[] valley =
        [
            .. size.Where(c => !c.IsDefault && c.Setting[knob] > 0 && c.Setting.Remove(knob).SequenceEqual(best.Setting.Remove(knob)))
                .OrderBy(c => c.Setting[knob]),
        ];
        NetPipeCell plain = size.Single(c => c.IsDefault);
        if (valley.Length < 2)
        {
            return;
        }

        var delays = PlotAxis.Around(knob, valley.Select(c => (double)c.Setting[knob]), logarithmic: true);
        var plot = new SvgPlot(
            "energy against delay",
            delays,
            PlotAxis.Around("mJ per round trip", valley.Append(plain).Select(c => c.MillijoulesPerRoundTrip), fromZero: true));
        plot.Line(valley.Select(c => ((double)c.Setting[knob], (double?)c.MillijoulesPerRoundTrip)), "s3", "energy");
        foreach (NetPipeCell cell in valley)
        {
            plot.Dot(cell.Setting[knob], cell.MillijoulesPerRoundTrip, "dot plain", Text(cell));
        }

        plot.Level(plain.MillijoulesPerRoundTrip, delays.Low, delays.High, "sla", "kernel default");
        page.Append($"<figure><h2>{bytes}: energy against delay</h2>\n{plot}\n<figcaption>dashed: kernel default</figcaption></figure>\n");
    }

    private static void Cloud(StringBuilder page, NetPipeCell[] size, string bytes)
    {
        var front = new List<NetPipeCell>();
        foreach (NetPipeCell cell in size.OrderBy(c => c.RoundTripUs).ThenBy(c => c.MillijoulesPerRoundTrip))
        {
            if (front.Count == 0 || cell.MillijoulesPerRoundTrip < front[^1].MillijoulesPerRoundTrip)
            {
                front.Add(cell);
            }
        }

        var plot = new SvgPlot(
            "energy against round trip",
            PlotAxis.Around("round trip, us", size.Select(c => c.RoundTripUs), logarithmic: true),
            PlotAxis.Around("mJ per round trip", size.Select(c => c.MillijoulesPerRoundTrip), fromZero: true));
        plot.Line(front.Select(c => (c.RoundTripUs, (double?)c.MillijoulesPerRoundTrip)), "s1", "front");
        foreach (NetPipeCell cell in size)
        {
            string style = cell.IsDefault ? "dot bad" : front.Contains(cell) ? "dot good" : "dot plain";
            plot.Dot(cell.RoundTripUs, cell.MillijoulesPerRoundTrip, style, Text(cell));
        }

        page.Append($"<figure><h2>{bytes}: energy against round trip</h2>\n{plot}\n<figcaption><b class='good'>front</b>, ")
            .Append("<b class='plain'>other settings</b>, <b class='bad'>kernel default</b></figcaption></figure>\n");
    }

    private static string Text(NetPipeCell c) => string.Create(
        CultureInfo.InvariantCulture,
        $"{c.SettingText}: {c.GoodputMbps:0.0} Mbit/s, {c.MillijoulesPerRoundTrip:0.0000} mJ, {c.RoundTripUs:0.0} us, {c.Watts:0.00} W");
}
