using System.Collections.Immutable;
using System.CommandLine;
using Fleet.Cli.Output;
using Fleet.Core.Search;
using Fleet.Hosting.Errors;
using Fleet.Simulation.Benchmarks;
using Fleet.Simulation.Surfaces;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench surfaces</c>: the search on servers that its constants were not chosen on.</summary>
internal static class BenchSurfacesCommand
{
    private const double StrictGate = 0.97;

    private static readonly Option<int> Runs = new("--runs") { Description = "seeds, 1 to 10000", DefaultValueFactory = _ => 30 };

    private static readonly Option<int> Seed = new("--seed") { Description = "first seed, from 0", DefaultValueFactory = _ => 1 };

    private static readonly Option<string> IrqSuspend = new("--irqsuspend")
    {
        Description = "also the published IRQ-suspension runs: the summary of github.com/martinkarsten/irqsuspend", HelpName = "FILE.csv",
    };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("surfaces", "Play the search on drawn servers with one to four knobs: cold, strict, warm.")
        {
            Runs, Seed, IrqSuspend,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int runs = parsed.GetValue(Runs);
        int seed = parsed.GetValue(Seed);
        if (runs is < 1 or > 10_000 || seed < 0)
        {
            throw new StartupException([$"--runs {runs}, --seed {seed}: expected 1 to 10000 runs and a seed of 0 or more"]);
        }

        var table = new TextTable(
            "SURFACE", "CELLS", "START", "TRIALS", "FINAL/BEST", "BREAKING", "FINAL BREAKS", "BAYOP TRIALS", "BAYOP FINAL/BEST");
        foreach ((string name, ImmutableArray<double> slas) in DrawnSurfaces.Names)
        {
            Add(table, name, DrawnSurfaces.Create(name), slas, runs, seed);
        }

        if (parsed.GetValue(IrqSuspend) is { Length: > 0 } path)
        {
            Add(table, "IRQ suspension (published runs)", Published(path), [150, 200, 300], runs, seed);
        }

        table.Write(parsed.InvocationConfiguration.Output);
        return ExitCode.Ok;
    }

    private static Surface Published(string path)
    {
        if (!File.Exists(path))
        {
            throw new StartupException([$"--irqsuspend {path}: no such file"]);
        }

        using StreamReader text = File.OpenText(path);
        (Surface? surface, string problem) = IrqSuspendTable.Read(text, "v1");
        return surface ?? throw new StartupException([$"--irqsuspend {path}: {problem}"]);
    }

    private static void Add(TextTable table, string name, Surface surface, ImmutableArray<double> slas, int runs, int seed)
    {
        var cold = new SurfaceBenchmarkOptions { SlasUs = slas, Runs = runs, Seed = (ulong)seed, Methods = ["fleet", "bayop"] };
        SurfaceBenchmarkOptions only = cold with { Methods = ["fleet"] };
        Row("cold", cold);
        Row("strict", only with { Search = new SearchOptions { FeasibilityGate = StrictGate } });
        Row("warm", only with { WarmFrom = surface.Loads });

        void Row(string start, SurfaceBenchmarkOptions options)
        {
            SurfaceReport report = SurfaceBenchmark.Run(surface, options);
            BenchmarkRow? fleet = report.Means.FirstOrDefault(m => m.Method == "fleet");
            BenchmarkRow? bayop = report.Means.FirstOrDefault(m => m.Method == "bayop");
            table.Add(
                name, Figures.Number(surface.Space.Cells, 0), start, Text(fleet?.TrialsAtStop, 2), Text(fleet?.FinalOverBest, 3),
                Text(fleet?.BreakingTrials, 2),
                fleet is null ? "" : Figures.Percent(report.Rows.Where(r => r.Method == "fleet").Max(r => r.FinalBreaksSlaShare)),
                Text(bayop?.TrialsAtStop, 1), Text(bayop?.FinalOverBest, 3));
        }
    }

    private static string Text(double? value, int digits) => value is { } known ? Figures.Number(known, digits) : "";
}
