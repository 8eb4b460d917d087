using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Fleet.Lab.Report;

/// <summary>
/// The JSON of a benchmark as one HTML page that needs nothing else: every list of rows as a table, and the figures that matter as dots
/// per row. It reads the JSON by its shape, so it draws what any version of a benchmark wrote.
/// </summary>
public static class BenchPage
{
    private static readonly Kind[] Kinds =
    [
        new("Search on a measured surface", ["rows", "infeasible", "means"], "rows", "method", ["finalOverBest", "trialsAtStop", "breakingTrials"]),
        new("Search on published functions", ["tests", "scores", "axScore"], "scores", "function", ["scoreAt15", "scoreAt30"]),
        new("Proxies", ["rows", "absent", "failed", "host"], "rows", "target", ["requestsPerCpuSecond", "requestsPerSecond", "p99Us"]),
        new("Cost of the node agent", ["readings", "cpuPercentOfOneCore", "applies"], null, "", []),
    ];

    private static readonly Kind Model = new(
        "Fit of the server model", ["modelWatts", "modelPercentileUs"], "", "qps", ["wattsError", "percentileError"]);

    /// <summary>The page; null when the document is of no benchmark.</summary>
    public static string? Of(JsonElement document)
    {
        Kind? kind = document.ValueKind switch
        {
            JsonValueKind.Object => Kinds.FirstOrDefault(k => k.Keys.All(key => document.TryGetProperty(key, out _))),
            JsonValueKind.Array when Objects(document).FirstOrDefault() is { ValueKind: JsonValueKind.Object } first
                && Model.Keys.All(key => first.TryGetProperty(key, out _)) => Model,
            _ => null,
        };
        if (kind is null)
        {
            return null;
        }

        var page = new StringBuilder();
        page.Append("<!doctype html>\n<html lang='en'><head><meta charset='utf-8'/><title>Benchmark</title>\n<style>")
            .Append(HtmlStyle.Css).Append($"</style></head>\n<body>\n<h1>{kind.Title}</h1>\n");
        if (kind.Rows is { } rows)
        {
            JsonElement[] listed = [.. Objects(rows.Length == 0 ? document : document.GetProperty(rows))];
            foreach (string figure in kind.Figures)
            {
                Dots(page, listed, kind.Group, figure);
            }
        }

        Tables(page, document);
        return page.Append("</body></html>\n").ToString();
    }

    private static void Dots(StringBuilder page, JsonElement[] rows, string group, string figure)
    {
        (int Row, string Group, double Value, string Tip)[] dots =
        [
            .. rows.Select((r, i) => (Row: r, Index: i)).Where(r => Number(r.Row, figure) is not null)
                .Select(r => (r.Index + 1, Text(r.Row, group), Number(r.Row, figure)!.Value, Tip(r.Row))),
        ];
        if (dots.Length == 0)
        {
            return;
        }

        string[] groups = [.. dots.Select(d => d.Group).Distinct()];
        var plot = new SvgPlot(
            figure, new PlotAxis("row of the table", 0, rows.Length + 1), PlotAxis.Around(figure, dots.Select(d => d.Value), fromZero: true));
        foreach ((int row, string name, double value, string tip) in dots)
        {
            plot.Dot(row, value, $"dot d{Array.IndexOf(groups, name) % 6}", tip);
        }

        page.Append($"<figure><h2>{E(figure)}</h2>\n{plot}\n<figcaption>")
            .AppendJoin(", ", groups.Select((g, i) => $"<b style='color: var(--c{i % 6})'>{E(g)}</b>")).Append("</figcaption></figure>\n");
    }

    private static void Tables(StringBuilder page, JsonElement document)
    {
        if (document.ValueKind == JsonValueKind.Array)
        {
            Table(page, "Rows", [.. Objects(document)]);
            return;
        }

        JsonProperty[] single = [.. document.EnumerateObject().Where(p => p.Value.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object))];
        if (single.Length > 0)
        {
            page.Append("<div class='wide'><table><tbody>\n")
                .AppendJoin("", single.Select(p => $"<tr><th>{E(p.Name)}</th><td>{E(Text(p.Value))}</td></tr>\n")).Append("</tbody></table></div>\n");
        }

        foreach (JsonProperty list in document.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Array))
        {
            Table(page, list.Name, [.. Objects(list.Value)]);
        }
    }

    private static void Table(StringBuilder page, string title, JsonElement[] rows)
    {
        if (rows.Length == 0)
        {
            return;
        }

        string[] columns = [.. rows.SelectMany(r => r.EnumerateObject().Select(p => p.Name)).Distinct()];
        page.Append($"<h2>{E(title)}</h2>\n<div class='wide'><table><thead><tr>")
            .AppendJoin("", columns.Select(c => $"<th>{E(c)}</th>")).Append("</tr></thead><tbody>\n");
        foreach (JsonElement row in rows)
        {
            page.Append("<tr>").AppendJoin("", columns.Select(c => $"<td>{E(Text(row, c))}</td>")).Append("</tr>\n");
        }

        page.Append("</tbody></table></div>\n");
    }

    private static IEnumerable<JsonElement> Objects(JsonElement list) => list.ValueKind == JsonValueKind.Array
        ? list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object)
        : [];

    private static double? Number(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static string Tip(JsonElement row) => string.Join(", ", row.EnumerateObject().Take(8).Select(p => $"{p.Name} {Text(p.Value)}"));

    private static string Text(JsonElement row, string name) => row.TryGetProperty(name, out JsonElement value) ? Text(value) : "";

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble().ToString("0.#####", CultureInfo.InvariantCulture),
        JsonValueKind.Null => "",
        _ => value.ToString(),
    };

    private static string E(string text) => SvgPlot.Escape(text);

    /// <summary>What marks a benchmark's JSON, and what of it is drawn.</summary>
    private sealed record Kind(string Title, string[] Keys, string? Rows, string Group, string[] Figures);
}
