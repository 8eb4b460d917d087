using System.Text.Json;
using Fleet.Lab.Day;
using Fleet.Lab.Load;
using Fleet.Lab.Sweeps;
using Fleet.Simulation.Days;

namespace Fleet.Lab.Report;

/// <summary>Draws the page of any report that a command wrote as JSON.</summary>
public static class ReportPages
{
    /// <summary>The page, or what is wrong with the text.</summary>
    public static (string? Page, string? Problem) Of(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            return root.ValueKind != JsonValueKind.Object
                ? (BenchPage.Of(root) is { } list ? (list, null) : (null, Unknown(root)))
                : Schema(root) switch
                {
                    DemoReport.SchemaName => Drawn<DemoReport>(root, HtmlReport.Page),
                    DayDemoReport.SchemaName => Drawn<DayDemoReport>(root, DayDemoPage.Of),
                    SweepReport.SchemaName => Drawn<SweepReport>(root, SweepPage.Of),
                    { } other => (null, $"has the schema \"{other}\", which this version does not draw"),
                    null when root.TryGetProperty("courses", out _) => Day(json),
                    null => BenchPage.Of(root) is { } bench ? (bench, null) : (null, Unknown(root)),
                };
        }
        catch (JsonException broken)
        {
            return (null, $"is not JSON: {Place(broken)}");
        }
    }

    private static (string?, string?) Day(string json)
    {
        (DayReport? report, string? problem) = DayReport.FromJson(json);
        return report is null ? (null, problem) : (DayPage.Of(report), null);
    }

    private static (string?, string?) Drawn<T>(JsonElement root, Func<T, string> page)
    {
        try
        {
            return (page(root.Deserialize<T>(LoadResult.JsonOptions)!), null);
        }
        catch (JsonException broken)
        {
            return (null, $"is damaged: {Place(broken)}; run the command that wrote it again");
        }
        catch (Exception missing) when (missing is ArgumentException or InvalidOperationException or NullReferenceException)
        {
            return (null, "is damaged: a part of the report is missing; run the command that wrote it again");
        }
    }

    private static string? Schema(JsonElement root) =>
        root.TryGetProperty("schema", out JsonElement schema) && schema.ValueKind == JsonValueKind.String ? schema.GetString() : null;

    private static string Unknown(JsonElement root)
    {
        string holds = root.ValueKind == JsonValueKind.Object
            ? "an object with " + string.Join(", ", root.EnumerateObject().Select(p => p.Name).Take(6).DefaultIfEmpty("nothing in it"))
            : $"{root.ValueKind.ToString().ToLowerInvariant()}";
        return $"holds {holds}; expected what 'fleet simulate --json', 'fleet sweep --json', 'fleet bench … --json' or 'fleet demo' wrote";
    }

    private static string Place(JsonException broken) => broken.LineNumber is { } line
        ? $"line {line + 1}, position {broken.BytePositionInLine + 1}: {broken.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.')}"
        : broken.Message.TrimEnd('.');
}
