using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Benchmarks.Functions;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench functions</c>: the search's method on published constrained test functions.</summary>
internal static class BenchFunctions
{
    private static readonly Option<string> Functions = new("--functions")
    {
        Description = "functions: " + string.Join(", ", FunctionBenchmark.Names) + " (default: all)", HelpName = "NAME,…",
    };

    private static readonly Option<int> Runs = new("--runs")
    {
        Description = "seeds of the published pass-or-fail tests, 1 to 10000", DefaultValueFactory = _ => 100,
    };

    private static readonly Option<int> ScoreRuns = new("--score-runs")
    {
        Description = "seeds of the scores at 15 and 30 trials, 1 to 10000", DefaultValueFactory = _ => 50,
    };

    private static readonly Option<int> Seed = new("--seed") { Description = "first seed, from 0", DefaultValueFactory = _ => 1 };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("functions", "Play the search's method on published test functions: tests passed, Ax score.")
        {
            Functions, Runs, ScoreRuns, Seed, Json,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var problems = new List<string>();
        ImmutableArray<string> names = parsed.GetValue(Functions) is { Length: > 0 } text
            ? [.. text.Split(',', StringSplitOptions.TrimEntries)]
            : FunctionBenchmark.Names;
        problems.AddRange(names.Except(FunctionBenchmark.Names).Select(n =>
            $"--functions {n}: unknown function{NearestName.Suggestion(n, FunctionBenchmark.Names)}; "
            + $"known: {string.Join(", ", FunctionBenchmark.Names)}"));
        foreach ((string option, int value) in new[] { ("--runs", parsed.GetValue(Runs)), ("--score-runs", parsed.GetValue(ScoreRuns)) })
        {
            if (value is < 1 or > 10_000)
            {
                problems.Add($"{option} {value}: expected 1 to 10000");
            }
        }

        int seed = parsed.GetValue(Seed);
        if (seed < 0)
        {
            problems.Add($"--seed {seed}: expected 0 or more");
        }

        if (problems.Count > 0)
        {
            throw new StartupException(problems);
        }

        FunctionReport report = FunctionBenchmark.Run(names, parsed.GetValue(Runs), parsed.GetValue(ScoreRuns), (ulong)seed);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(report.ToJson());
        }
        else
        {
            Write(report, output);
        }

        return ExitCode.Ok;
    }

    private static void Write(FunctionReport report, TextWriter output)
    {
        if (report.Tests.Length > 0)
        {
            var tests = new TextTable("TEST (TRIESTE)", "INITIAL", "STEPS", "PASSED", "RUNS");
            foreach (TestRow row in report.Tests)
            {
                tests.Add(row.Function, Count(row.Initial), Count(row.Steps), Count(row.Passed), Count(row.Runs));
            }

            tests.Write(output);
            output.WriteLine();
        }

        var scores = new TextTable("FUNCTION", "RUNS", "OPTIMUM", "BEST AT 15", "BEST AT 30", "AX BASELINE", "SCORE AT 15", "SCORE AT 30");
        foreach (ScoreRow row in report.Scores)
        {
            scores.Add(
                row.Function, Count(row.Runs), Value(row.Optimum), Value(row.BestAt15), Value(row.BestAt30), Value(row.AxBaseline),
                Value(row.ScoreAt15), Value(row.ScoreAt30));
        }

        scores.Write(output);
        output.WriteLine(report.AxScore);
    }

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Value(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";
}
