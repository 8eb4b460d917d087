using System.Globalization;
using System.Text;

namespace Fleet.Lab.Report;

/// <summary>What the demos' pages are made of.</summary>
internal static class PageParts
{
    /// <summary>A plot with its title and a caption.</summary>
    public static void Figure(StringBuilder page, string title, SvgPlot plot, string caption) =>
        page.Append($"<figure><h2>{E(title)}</h2>\n{plot}\n<figcaption>{caption}</figcaption></figure>\n");

    /// <summary>A table with its title.</summary>
    public static void Table(StringBuilder page, string title, string[] head, IEnumerable<string[]> rows)
    {
        page.Append($"<h2>{E(title)}</h2>\n<div class='wide'><table><thead><tr>")
            .AppendJoin("", head.Select(h => $"<th>{E(h)}</th>")).Append("</tr></thead><tbody>\n");
        foreach (string[] row in rows)
        {
            page.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{E(c)}</td>")).Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    /// <summary>What the run was to show, with its figures.</summary>
    public static void Claims(StringBuilder page, IEnumerable<DemoClaim> claims) => Table(
        page,
        "Claims",
        ["claim", "measured", "bound", ""],
        claims.Select(c => new[] { c.Text, Value(c.Measured, c.Unit), Value(c.Threshold, c.Unit), c.Holds ? "holds" : "DOES NOT HOLD" }));

    /// <summary>How often nodes that held a setting kept the promise.</summary>
    public static void Held(StringBuilder page, IEnumerable<HeldWindows> held) => Table(
        page,
        "Promise kept while settings were held (2 s windows of a node)",
        ["promise, us", "windows", "kept", "share", "requests within"],
        held.Select(h => new[]
        {
            F($"{h.SlaUs:0}"), F($"{h.Windows}"), F($"{h.Met}"), F($"{h.MetRatio:P1}"), F($"{h.RequestRatio:P2}"),
        }));

    /// <summary>The end of a page.</summary>
    public static void Notes(StringBuilder page, IEnumerable<string> notes) =>
        page.Append("<h2>Notes</h2><ul>").AppendJoin('\n', notes.Select(n => $"<li>{E(n)}</li>")).Append("</ul>\n</body></html>\n");

    /// <summary>What a run was made on.</summary>
    public static string Plant(string plant, string? reason) => plant == "lab"
        ? "real memcached servers behind the kernel's NAPI in network namespaces"
        : $"simulated pool, because the lab cannot run here: {reason}";

    /// <summary>The knobs of a setting's text that have a number.</summary>
    public static IEnumerable<(string Name, double Value)> Knobs(string setting) => setting.Split(' ')
        .Select(k => k.Split('='))
        .Where(k => k.Length == 2 && double.TryParse(k[1], NumberStyles.Float, CultureInfo.InvariantCulture, out _))
        .Select(k => (k[0], double.Parse(k[1], CultureInfo.InvariantCulture)));

    /// <summary>Text that is safe in a page.</summary>
    public static string E(string text) => SvgPlot.Escape(text);

    /// <summary>Text with numbers as everywhere.</summary>
    public static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Value(double? value, string unit) => unit == "ratio" ? F($"{value:P1}") : F($"{value:0.##} {unit}");
}
