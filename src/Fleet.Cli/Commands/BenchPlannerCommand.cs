using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Benchmarks;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench planner</c>: how long the split of a load over mixed nodes takes, beside the greedy rule.</summary>
internal static class BenchPlannerCommand
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Option<int> Nodes = new("--nodes")
    {
        Description = "nodes of three classes, 1 to 10000", DefaultValueFactory = _ => 64,
    };

    private static readonly Option<int> Steps = new("--steps")
    {
        Description = "parts that the load is cut into, 1 to 10000", DefaultValueFactory = _ => 200,
    };

    private static readonly Option<int> Runs = new("--runs") { Description = "repeats, 1 to 100000", DefaultValueFactory = _ => 200 };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("planner", "Time of a plan by dynamic programming, and what the greedy rule would cost.")
        {
            Nodes, Steps, Runs, Json,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        (int nodes, int steps, int runs) = (parsed.GetValue(Nodes), parsed.GetValue(Steps), parsed.GetValue(Runs));
        StartupException.ThrowIfAny(
        [
            .. nodes is >= 1 and <= 10_000 ? [] : new[] { $"--nodes {nodes}: expected 1 to 10000" },
            .. steps is >= 1 and <= 10_000 ? [] : new[] { $"--steps {steps}: expected 1 to 10000" },
            .. runs is >= 1 and <= 100_000 ? [] : new[] { $"--runs {runs}: expected 1 to 100000" },
        ]);
        ImmutableArray<PlannerRow> rows = PlannerBenchmark.Run(nodes, steps, runs, TimeProvider.System);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(JsonSerializer.Serialize(rows, Web));
            return ExitCode.Ok;
        }

        var table = new TextTable("NODES", "STEPS", "LOAD", "HEADROOM", "ACTIVE", "WATTS", "GREEDY W", "MEDIAN ms", "P99 ms", "WORST ms");
        foreach (PlannerRow row in rows)
        {
            table.Add(
                Figures.Number(row.Nodes), Figures.Number(row.Steps), Figures.Percent(row.Load), row.Headroom ? "yes" : "no",
                Figures.Number(row.ActiveNodes), Figures.Number(row.Watts, 1), row.GreedyWatts is { } greedy ? Figures.Number(greedy, 1) : "-",
                row.MedianMs.ToString("0.###", CultureInfo.InvariantCulture), row.P99Ms.ToString("0.###", CultureInfo.InvariantCulture),
                row.WorstMs.ToString("0.###", CultureInfo.InvariantCulture));
        }

        table.Write(output);
        return ExitCode.Ok;
    }
}
