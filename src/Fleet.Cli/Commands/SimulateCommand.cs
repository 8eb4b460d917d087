using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Lab.Report;
using Fleet.Simulation.Days;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Surfaces;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet simulate</c>: a day of load on simulated servers under several policies.</summary>
internal static class SimulateCommand
{
    private static readonly Option<string> TraceFile = new("--trace")
    {
        Description = "load over time: a column hour or seconds, and one of rates or fractions", HelpName = "FILE.csv", Required = true,
    };

    private static readonly Option<string> Column = new("--trace-column")
    {
        Description = "column of the load (default: the first named fraction, else rate, rps, qps)", HelpName = "NAME",
    };

    private static readonly Option<string> SurfaceFile = new("--surface")
    {
        Description = "measured surface that stands for a server", HelpName = "FILE.csv",
    };

    private static readonly Option<string> Model = new("--model")
    {
        Description = "fitted server model instead of a surface: " + string.Join(", ", FittedModels.Names), HelpName = "NAME",
    };

    private static readonly Option<string> Nodes = new("--nodes")
    {
        Description = "servers; several fleet sizes with commas", HelpName = "N,…", DefaultValueFactory = _ => "1",
    };

    private static readonly Option<int> PoolSize = new("--pool-size")
    {
        Description = "most servers of one pool, 1 to 100000; a larger fleet is several pools", DefaultValueFactory = _ => new DayOptions().PoolSize,
    };

    private static readonly Option<string> Sla = new("--sla")
    {
        Description = "promised latency, µs; several with commas", HelpName = "US,…", DefaultValueFactory = _ => "500",
    };

    private static readonly Option<double> Percentile = new("--percentile")
    {
        Description = "latency column to hold under the SLA: 99 is p99_us", DefaultValueFactory = _ => 99,
    };

    private static readonly Option<string> Policies = new("--policies")
    {
        Description = "policies: " + string.Join(", ", DayPolicies.Names), DefaultValueFactory = _ => string.Join(',', DayPolicies.Usual),
    };

    private static readonly Option<double> Peak = new("--peak-qps")
    {
        Description = "requests/s of one server at the trace's peak (default: the surface's highest load)", HelpName = "QPS",
    };

    private static readonly Option<double> Parked = new("--parked-watts")
    {
        Description = "power of a parked server, W", DefaultValueFactory = _ => new DayOptions().ParkedWatts,
    };

    private static readonly Option<double> Hours = new("--hours") { Description = "only the first hours of the trace (default: all)" };

    private static readonly Option<long> Seed = new("--seed") { Description = "first seed, from 0", DefaultValueFactory = _ => 1 };

    private static readonly Option<int> Runs = new("--runs")
    {
        Description = "seeds whose means are reported, 1 to 1000", DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    private static readonly Option<string> Report = new("--report") { Description = "write the plots to a page", HelpName = "FILE.html" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "simulate", "Play a day of load on simulated servers: energy and broken promises per policy, searches included.")
        {
            TraceFile, Column, SurfaceFile, Model, Nodes, PoolSize, Sla, Percentile, Policies, Peak, Parked, Hours, Seed, Runs, Json, Report,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var problems = new List<string>();
        Trace? trace = CsvInput.Trace("--trace", parsed.GetValue(TraceFile)!, parsed.GetValue(Column), problems);
        double hours = parsed.GetValue(Hours);
        Check(hours >= 0, $"--hours {Plain(hours)}: expected more than 0", problems);
        Surface? surface = Server(parsed, problems);
        DayOptions options = Options(parsed, problems);
        if (parsed.GetValue(Report) is { } written)
        {
            problems.AddRange(OutputFiles.Problems(written));
        }

        if (trace is not null && hours > 0)
        {
            trace = trace.Take((int)Math.Ceiling(hours * 3600 / trace.SlotSeconds));
        }

        if (problems.Count > 0 || trace is null || surface is null)
        {
            throw new StartupException(problems);
        }

        var server = new SurfaceServer(surface, options.Percentile, parkedWatts: options.ParkedWatts);
        var study = new DayStudy(server, trace, options);
        if (study.Problems() is { IsEmpty: false } impossible)
        {
            throw new StartupException(impossible);
        }

        using var progress = new ProgressLine(parsed.InvocationConfiguration.Error, "simulating");
        DayReport report = study.Run(
            parsed.GetValue(SurfaceFile) is { } file ? Path.GetFileName(file) : parsed.GetValue(Model)!,
            Path.GetFileName(parsed.GetValue(TraceFile)!),
            progress.Set);
        progress.Dispose();
        if (parsed.GetValue(Report) is { } page)
        {
            File.WriteAllText(page, DayPage.Of(report));
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.WriteLine(report.ToJson());
        }
        else
        {
            DayTables.Write(report, output);
        }

        return ExitCode.Ok;
    }

    private static Surface? Server(ParseResult parsed, List<string> problems)
    {
        string? file = parsed.GetValue(SurfaceFile);
        string? model = parsed.GetValue(Model);
        if (file is not null == model is not null)
        {
            problems.Add(file is null
                ? $"what a server is like is missing; give --surface FILE.csv (from 'fleet sweep') or --model {FittedModels.Names[0]}"
                : "--surface and --model are both given; a server is one or the other, leave one out");
            return null;
        }

        if (file is not null)
        {
            return CsvInput.Surface("--surface", file, parsed.GetValue(Percentile), problems);
        }

        Check(
            FittedModels.Names.Contains(model!),
            $"--model {model}: unknown model{NearestName.Suggestion(model!, FittedModels.Names)}; known: {string.Join(", ", FittedModels.Names)}",
            problems);
        Check(parsed.GetValue(Percentile) is 99, "--percentile: the fitted models give p99 only", problems);
        return problems.Count > 0 ? null : FittedModels.Surface(model!);
    }

    private static DayOptions Options(ParseResult parsed, List<string> problems)
    {
        ImmutableArray<string> policies = [.. parsed.GetValue(Policies)!.Split(',', StringSplitOptions.TrimEntries)];
        problems.AddRange(policies.Except(DayPolicies.Names).Select(p =>
            $"--policies {p}: unknown policy{NearestName.Suggestion(p, DayPolicies.Names)}; known: {string.Join(", ", DayPolicies.Names)}"));
        ImmutableArray<double> sizes = CsvInput.Numbers("--nodes", parsed.GetValue(Nodes)!, problems);
        problems.AddRange(sizes.Where(n => n is < 1 or > 100_000 || n != Math.Floor(n)).Select(n =>
            $"--nodes {Plain(n)}: expected whole numbers from 1 to 100000"));
        (double percentile, double peak, double parked) = (parsed.GetValue(Percentile), parsed.GetValue(Peak), parsed.GetValue(Parked));
        (long seed, int runs) = (parsed.GetValue(Seed), parsed.GetValue(Runs));
        Check(percentile is >= 50 and <= 99.99, $"--percentile {Plain(percentile)}: expected 50 to 99.99", problems);
        Check(parsed.GetResult(Peak) is null || (peak > 0 && double.IsFinite(peak)), $"--peak-qps {Plain(peak)}: expected more than 0", problems);
        Check(parked >= 0 && double.IsFinite(parked), $"--parked-watts {Plain(parked)}: expected 0 or more", problems);
        int poolSize = parsed.GetValue(PoolSize);
        Check(poolSize is >= 1 and <= 100_000, $"--pool-size {poolSize}: expected 1 to 100000", problems);
        Check(seed >= 0, $"--seed {seed}: expected 0 or more", problems);
        Check(runs is >= 1 and <= 1000, $"--runs {runs}: expected 1 to 1000", problems);
        return new DayOptions
        {
            SlasUs = [.. CsvInput.Numbers("--sla", parsed.GetValue(Sla)!, problems).Distinct()],
            Percentile = percentile,
            Nodes = [.. sizes.Where(n => n is >= 1 and <= 100_000).Select(n => (int)n).Distinct()],
            PoolSize = Math.Max(poolSize, 1),
            Policies = [.. policies.Distinct()],
            PeakQps = peak,
            ParkedWatts = parked,
            Seed = (ulong)Math.Max(seed, 0),
            Runs = runs,
        };
    }

    private static void Check(bool holds, string problem, List<string> problems)
    {
        if (!holds)
        {
            problems.Add(problem);
        }
    }

    private static string Plain(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}
