using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Core.Search;
using Fleet.Hosting.Errors;
using Fleet.Lab.Report;
using Fleet.Simulation.Benchmarks;
using Fleet.Simulation.Surfaces;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench</c>: the search against other methods on measured surfaces.</summary>
internal static class BenchCommands
{
    private static readonly Option<string> SurfaceFile = new("--surface")
    {
        Description = "measured surface: qps, one column per knob, watts, p99_us[, watts_sd, p99_us_sd, runs]",
        HelpName = "FILE.csv",
        Required = true,
    };

    private static readonly Option<string> Sla = new("--sla")
    {
        Description = "promised latency, µs; several with commas", HelpName = "US,…",
    };

    private static readonly Option<double> Percentile = new("--percentile")
    {
        Description = "latency column to hold under the SLA: 99 is p99_us", DefaultValueFactory = _ => 99,
    };

    private static readonly Option<string> WarmFrom = new("--warm-from")
    {
        Description = "loads whose measurements are known beforehand, or 'others' (default: none)", HelpName = "QPS,…",
    };

    private static readonly Option<int> Runs = new("--runs") { Description = "seeds, 1 to 10000", DefaultValueFactory = _ => 100 };

    private static readonly Option<int> Seed = new("--seed") { Description = "first seed, from 0", DefaultValueFactory = _ => 1 };

    private static readonly Option<string> Methods = new("--methods")
    {
        Description = "methods: " + string.Join(", ", BenchmarkMethods.Names), DefaultValueFactory = _ => "fleet",
    };

    private static readonly Option<double> Gate = new("--gate")
    {
        Description = "least probability of meeting the SLA for a probe, 0 to 1 (0.95 is strict)",
        DefaultValueFactory = _ => new SearchOptions().FeasibilityGate,
    };

    private static readonly Option<double> Stray = new("--stray")
    {
        Description = "share of windows whose latency is three times too high, 0 to 1", DefaultValueFactory = _ => 0,
    };

    private static readonly Option<string> ObjectiveName = new("--objective")
    {
        Description = "what is made least: " + string.Join(", ", Objective.Names), DefaultValueFactory = _ => Objective.LeastWattsName,
    };

    private static readonly Option<string> PowerCap = new("--power-cap-watts")
    {
        Description = "power limits for least-latency-under-cap, in place of --sla; several with commas", HelpName = "WATTS,…",
    };

    private static readonly Option<string> Plot = new("--plot")
    {
        Description = "also draw cost over the optimum's against trials", HelpName = "FILE.svg",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var optimizer = new Command("optimizer", "Play searches on a measured surface: trials, final watts, broken promises.")
        {
            SurfaceFile, Sla, Percentile, WarmFrom, Runs, Seed, Methods, Gate, Stray, ObjectiveName, PowerCap, Plot, Json,
        };
        optimizer.SetAction(parsed => RunOptimizer(parsed));
        return new Command(
            "bench", "Benchmarks of the search, of the models, of the planner, of the node agent, of the proxy, of scrapes and of the controller.")
        {
            optimizer, BenchFunctions.Create(), BenchStepCommand.Create(), BenchSurfacesCommand.Create(),
            ModelFitCommand.Create(), BenchAgentCommand.Create(), BenchProxyCommand.Create(),
            BenchMetricsCommand.Create(), BenchPlannerCommand.Create(), BenchFaultsCommand.Create(),
            BenchControllerCommand.Create(), BenchControllerCommand.CreatePeers(),
            BenchFailoverCommand.Create(), BenchFailoverCommand.CreateInside(),
        };
    }

    private static int RunOptimizer(ParseResult parsed)
    {
        var problems = new List<string>();
        Surface? surface = ReadSurface(parsed.GetValue(SurfaceFile)!, parsed.GetValue(Percentile), problems);
        (string objective, ImmutableArray<double> slas, ImmutableArray<double> powerCaps) = ReadPromises(parsed, problems);
        ImmutableArray<double> warm = parsed.GetValue(WarmFrom) switch
        {
            null or "" => [],
            "others" => surface?.Loads ?? [],
            { } text => Numbers("--warm-from", text, problems),
        };
        if (surface is not null)
        {
            problems.AddRange(warm.Except(surface.Loads).Select(q =>
                $"--warm-from {Plain(q)}: not a load of the surface; it has {string.Join(", ", surface.Loads.Select(Plain))}"));
        }

        ImmutableArray<string> methods = [.. parsed.GetValue(Methods)!.Split(',', StringSplitOptions.TrimEntries)];
        problems.AddRange(methods.Except(BenchmarkMethods.Names).Select(m =>
            $"--methods {m}: unknown method{NearestName.Suggestion(m, BenchmarkMethods.Names)}; known: {string.Join(", ", BenchmarkMethods.Names)}"));
        int runs = parsed.GetValue(Runs);
        int seed = parsed.GetValue(Seed);
        double gate = parsed.GetValue(Gate);
        double stray = parsed.GetValue(Stray);
        Check(runs is >= 1 and <= 10_000, $"--runs {runs}: expected 1 to 10000", problems);
        Check(seed >= 0, $"--seed {seed}: expected 0 or more", problems);
        Check(gate is >= 0 and <= 1, $"--gate {Plain(gate)}: expected 0 to 1", problems);
        Check(stray is >= 0 and <= 1, $"--stray {Plain(stray)}: expected 0 to 1", problems);
        if (problems.Count > 0)
        {
            throw new StartupException(problems);
        }

        SurfaceReport report = SurfaceBenchmark.Run(surface!, new SurfaceBenchmarkOptions
        {
            SlasUs = slas,
            ObjectiveName = objective,
            PowerCapsWatts = powerCaps,
            WarmFrom = warm,
            StrayShare = stray,
            Runs = runs,
            Seed = (ulong)seed,
            Methods = methods,
            Search = new SearchOptions { FeasibilityGate = gate },
        });
        if (parsed.GetValue(Plot) is { Length: > 0 } plot && !report.Curves.IsEmpty)
        {
            string name = Path.GetFileNameWithoutExtension(parsed.GetValue(SurfaceFile)!);
            File.WriteAllText(plot, SearchPlot.Of(report, $"{name}: {objective}{(warm.IsEmpty ? "" : ", warm start")}, {runs} seeds"));
        }

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

    private static (string Objective, ImmutableArray<double> SlasUs, ImmutableArray<double> CapsWatts) ReadPromises(
        ParseResult parsed, List<string> problems)
    {
        string objective = parsed.GetValue(ObjectiveName)!;
        bool caps = objective == Objective.LeastLatencyUnderCap;
        ImmutableArray<double> slas = caps && parsed.GetValue(Sla) is null ? [] : Numbers("--sla", parsed.GetValue(Sla) ?? "", problems);
        ImmutableArray<double> powerCaps = caps || parsed.GetValue(PowerCap) is not null
            ? Numbers("--power-cap-watts", parsed.GetValue(PowerCap) ?? "", problems)
            : [];
        foreach (double cap in powerCaps.DefaultIfEmpty(0))
        {
            _ = Objective.Parse(objective, cap, out string problem);
            Check(problem.Length == 0 || (caps && powerCaps.IsEmpty), $"--objective {objective}: {problem}", problems);
        }

        return (objective, slas, powerCaps);
    }

    private static Surface? ReadSurface(string path, double percentile, List<string> problems)
    {
        if (!File.Exists(path))
        {
            problems.Add($"--surface {path}: no such file");
            return null;
        }

        using StreamReader text = File.OpenText(path);
        (Surface? surface, ImmutableArray<string> found) = SurfaceReader.Read(text, percentile);
        problems.AddRange(found.Select(p => $"{path}, {p}"));
        return surface;
    }

    private static ImmutableArray<double> Numbers(string option, string text, List<string> problems)
    {
        ImmutableArray<double>.Builder numbers = ImmutableArray.CreateBuilder<double>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value))
            {
                numbers.Add(value);
            }
            else
            {
                problems.Add($"{option} {part}: expected numbers above 0, separated by commas");
            }
        }

        return numbers.ToImmutable();
    }

    private static void Check(bool holds, string problem, List<string> problems)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    private static void Write(SurfaceReport report, TextWriter output)
    {
        bool caps = report.Rows.Any(r => r.PowerCapWatts is not null) || report.Infeasible.Any(i => i.PowerCapWatts is not null);
        var table = new TextTable(
            "QPS", caps ? "CAP W" : "SLA", "METHOD", "TO 5%", "REACHED", "TRIALS", "FINAL/BEST", "BREAKING", "FINAL BREAKS", "SAVING");
        foreach (BenchmarkRow row in report.Rows.Concat(report.Means))
        {
            table.Add(
                row.Qps > 0 ? Plain(row.Qps) : "mean",
                (row.PowerCapWatts ?? row.SlaUs) is > 0 and var limit && row.Qps > 0 ? Plain(limit) : "mean",
                row.Method,
                row.TrialsTo5Percent is { } to5 ? Figures.Number(to5, 1) : "",
                Figures.Percent(row.Reached5Percent),
                Figures.Number(row.TrialsAtStop, 2),
                Figures.Number(row.FinalOverBest, 4),
                Figures.Number(row.BreakingTrials, 2),
                Figures.Percent(row.FinalBreaksSlaShare),
                row.SavingOverDefault is { } saving ? Figures.Percent(saving) : "");
        }

        table.Write(output);
        foreach (InfeasibleCell cell in report.Infeasible)
        {
            output.WriteLine(cell.PowerCapWatts is { } cap
                ? $"{Plain(cell.Qps)} requests/s under {Plain(cap)} W: infeasible; the closest, {cell.ClosestSetting}, "
                    + $"takes {Plain(cell.ClosestWatts ?? 0)} W"
                : $"{Plain(cell.Qps)} requests/s under {Plain(cell.SlaUs)} µs: infeasible; the closest, {cell.ClosestSetting}, "
                    + $"reaches {Plain(cell.ClosestUs)} µs");
        }
    }

    private static string Plain(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
