using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Benchmarks;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench step</c>: time and memory of one full step of the search.</summary>
internal static class BenchStepCommand
{
    private static readonly Option<int> Rows = new("--rows")
    {
        Description = "windows that the model is fitted to, 4 to 160", DefaultValueFactory = _ => 60,
    };

    private static readonly Option<int> Steps = new("--steps") { Description = "steps, 10 to 1000000", DefaultValueFactory = _ => 1000 };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("step", "Measure one full step of the search: both models fitted, 2,000 settings scored.") { Rows, Steps, Json };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int rows = parsed.GetValue(Rows);
        int steps = parsed.GetValue(Steps);
        if (rows is < 4 or > 160 || steps is < 10 or > 1_000_000)
        {
            throw new StartupException([$"--rows {rows}, --steps {steps}: expected 4 to 160 rows and 10 to 1000000 steps"]);
        }

        StepReport report = StepBenchmark.Run(rows, steps, TimeProvider.System);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(report.ToJson());
            return ExitCode.Ok;
        }

        output.WriteLine($"{report.Rows} windows, {report.Cells} settings");
        var table = new TextTable("LOADS", "STEPS", "MEDIAN MS", "P99 MS", "BYTES A STEP");
        foreach (StepRow row in report.Cases)
        {
            table.Add(
                row.Loads.ToString(CultureInfo.InvariantCulture),
                row.Steps.ToString(CultureInfo.InvariantCulture),
                Figures.Number(row.MedianMilliseconds, 2),
                Figures.Number(row.P99Milliseconds, 2),
                row.BytesPerStep.ToString(CultureInfo.InvariantCulture));
        }

        table.Write(output);
        return ExitCode.Ok;
    }
}
