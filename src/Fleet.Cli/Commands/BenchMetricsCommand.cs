using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Bench;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench metrics</c>: how long a scrape takes.</summary>
internal static class BenchMetricsCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private static readonly Option<int> Nodes = new("--nodes") { Description = "nodes, 1 to 10000", DefaultValueFactory = _ => 1000 };
    private static readonly Option<int> Scrapes = new("--scrapes") { Description = "scrapes, 2 to 10000", DefaultValueFactory = _ => 50 };
    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("metrics", "Measure a scrape of /metrics, of a controller and of a proxy with many nodes.")
        {
            Nodes, Scrapes, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        (int nodes, int scrapes) = (parsed.GetValue(Nodes), parsed.GetValue(Scrapes));
        var problems = new List<string>();
        if (nodes is < 1 or > 10_000)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--nodes {nodes}: expected 1 to 10000"));
        }

        if (scrapes is < 2 or > 10_000)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--scrapes {scrapes}: expected 2 to 10000"));
        }

        StartupException.ThrowIfAny(problems);
        IReadOnlyList<MetricsBenchmarkReport> reports = await MetricsBenchmark.RunAsync(nodes, scrapes, TimeProvider.System, ct);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(reports, Indented));
            return ExitCode.Ok;
        }

        var table = new TextTable("SERVICE", "NODES", "SERIES", "KB", "FIRST ms", "MEDIAN ms", "P99 ms", "MAX ms");
        foreach (MetricsBenchmarkReport r in reports)
        {
            table.Add(
                r.Service, Figures.Number(r.Nodes, 0), Figures.Number(r.Series, 0), Figures.Number(r.Bytes / 1024.0, 0), Figures.Number(r.FirstMs, 1),
                Figures.Number(r.MedianMs, 1), Figures.Number(r.P99Ms, 1), Figures.Number(r.MaxMs, 1));
        }

        table.Write(output);
        return ExitCode.Ok;
    }
}
