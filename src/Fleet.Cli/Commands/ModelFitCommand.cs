using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Surfaces;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench model</c>: how far a fitted server model is from a measured surface, cell by cell.</summary>
internal static class ModelFitCommand
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Option<string> SurfaceFile = new("--surface")
    {
        Description = "measured surface with the knobs rx_usecs and cpu_mhz", HelpName = "FILE.csv", Required = true,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("model", $"Fit error of the model {MemcachedModel.Name} on a measured surface, per cell.") { SurfaceFile, Json };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var problems = new List<string>();
        string path = parsed.GetRequiredValue(SurfaceFile);
        Surface? surface = CsvInput.Surface("--surface", path, 99, problems);
        ImmutableArray<FitError> errors = surface is null ? [] : MemcachedModel.Published.Errors(surface);
        if (surface is not null && errors.IsEmpty)
        {
            problems.Add($"{path}: no row has the knobs {MemcachedModel.DelayKnob} and {MemcachedModel.ClockKnob}, which the model speaks of");
        }

        StartupException.ThrowIfAny(problems);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(JsonSerializer.Serialize(errors, Web));
            return ExitCode.Ok;
        }

        var table = new TextTable("QPS", "rx_usecs", "cpu_mhz", "WATTS", "MODEL", "ERROR", "P99 us", "MODEL", "ERROR");
        foreach (FitError e in errors)
        {
            table.Add(
                Figures.Number(e.Qps), Figures.Number(e.DelayUs), Figures.Number(e.ClockMhz), Figures.Number(e.Watts, 1),
                Figures.Number(e.ModelWatts, 1), Figures.Percent(e.WattsError), Figures.Number(e.PercentileUs, 1),
                Figures.Number(e.ModelPercentileUs, 1), Figures.Percent(e.PercentileError));
        }

        table.Write(output);
        string watts = Figures.Percent(Rms(errors, e => e.WattsError));
        output.WriteLine($"rms error: watts {watts}, p99 {Figures.Percent(Rms(errors, e => e.PercentileError))}");
        return ExitCode.Ok;
    }

    private static double Rms(ImmutableArray<FitError> errors, Func<FitError, double> error) =>
        Math.Sqrt(errors.Average(e => error(e) * error(e)));
}
