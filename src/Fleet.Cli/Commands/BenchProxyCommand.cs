using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Lab.Bench;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench proxy</c>: this proxy beside others, same clients and servers.</summary>
internal static class BenchProxyCommand
{
    private const int MaxConnections = 4000;
    private const int MaxPipeline = 1000;
    private const int MostRepetitions = 99;
    private const int MostSeconds = 600;
    private const int MostIdle = 20_000;
    private const int MostSlow = 1_000;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly Option<string> Workloads = new("--workloads")
    {
        Description = "what clients ask for: " + string.Join(", ", BenchWorkload.All.Select(w => w.Name)),
        HelpName = "NAME,…",
        DefaultValueFactory = _ => string.Join(',', BenchWorkload.All.Select(w => w.Name)),
    };

    private static readonly Option<string> Points = new("--points")
    {
        Description = "connections x requests that wait on each", HelpName = "CxP,…", DefaultValueFactory = _ => "50x1,50x16,200x1,1000x1",
    };

    private static readonly Option<string> Targets = new("--targets")
    {
        Description = "proxies; direct is one server without any: " + string.Join(", ", ProxyBenchOptions.AllTargets),
        HelpName = "NAME,…",
        DefaultValueFactory = _ => string.Join(',', ProxyBenchOptions.UsualTargets),
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "measured time of a cell and target, 0.1 to 600; half of it, 1 s at most, goes before unmeasured",
        DefaultValueFactory = _ => 2,
    };

    private static readonly Option<int> Repetitions = new("--repetitions")
    {
        Description = "slices that the measured time is cut into, the targets in turn; 1 to 99", HelpName = "COUNT", DefaultValueFactory = _ => 5,
    };

    private static readonly Option<double> Paced = new("--paced-seconds")
    {
        Description = "measured time of a cell and target at 60 % of saturation, for its latency; 0 to 600, 0 leaves it out",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<double?> WarmUp = new("--warm-up-seconds")
    {
        Description = "time under load before a workload's first cell, 0.1 to 600: a proxy that compiles as it runs takes 25 s until it is done "
            + "(default: twice --seconds, 3 s at most)",
    };

    private static readonly Option<int> Idle = new("--idle")
    {
        Description = "connections that are opened and left idle first, to see what memory they take; 0 to 20000", HelpName = "COUNT",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<int> Slow = new("--slow-clients")
    {
        Description = "clients that ask for much and read nothing, to see what they do to the latency of the others; 0 to 1000", HelpName = "COUNT",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<bool> SlowServer = new("--slow-server")
    {
        Description = "a third server that stops for some slices while clients wait for it, to see what that does to the latency of the others; "
            + "not with multiget100",
    };

    private static readonly Option<double> Share = new("--proxy-share")
    {
        Description = "share of each of its cores that a proxy may use, 0.05 to 1; below 1 needs root", HelpName = "SHARE",
        DefaultValueFactory = _ => 1,
    };

    private static readonly Option<bool> NoIdleStates = new("--no-idle-states")
    {
        Description = "keep the cores out of idle states that take time to leave, where the host allows it; needs root",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("proxy", "Measure requests per CPU second and latency beside nutcracker, haproxy and no proxy.")
        {
            Workloads, Points, Targets, Seconds, Repetitions, Paced, WarmUp, Idle, Slow, SlowServer, Share, NoIdleStates, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        ProxyBenchOptions options = ReadOptions(parsed);
        ProxyBenchReport report;
        using (var progress = new ProgressLine(parsed.InvocationConfiguration.Error, "measuring"))
        {
            report = await ProxyBenchmark.RunAsync(options, progress.Set, TimeProvider.System, ct);
        }

        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(report, Indented));
        }
        else
        {
            Write(report, output);
        }

        foreach (FailedCell cell in report.Failed)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync(
                $"fleet: {cell.Target}, {cell.Workload} {cell.Connections}x{cell.Pipeline}: {cell.Error}");
        }

        return report.Failed.Count == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static ProxyBenchOptions ReadOptions(ParseResult parsed)
    {
        var problems = new List<string>();
        var options = new ProxyBenchOptions
        {
            FleetCommand = SelfCommand.Fleet,
            Workloads = [.. Named("--workloads", parsed.GetValue(Workloads)!, [.. BenchWorkload.All.Select(w => w.Name)], problems)
                .Select(n => BenchWorkload.All.First(w => w.Name == n))],
            Targets = Named("--targets", parsed.GetValue(Targets)!, ProxyBenchOptions.AllTargets, problems),
            Points = ReadPoints(parsed.GetValue(Points)!, problems),
            Measured = TimeSpan.FromSeconds(InRange("--seconds", parsed.GetValue(Seconds), 0.1, MostSeconds, problems)),
            Repetitions = (int)InRange("--repetitions", parsed.GetValue(Repetitions), 1, MostRepetitions, problems),
            Paced = TimeSpan.FromSeconds(InRange("--paced-seconds", parsed.GetValue(Paced), 0, MostSeconds, problems)),
            FirstWarmUpAsked = parsed.GetValue(WarmUp) is { } warmUp
                ? TimeSpan.FromSeconds(InRange("--warm-up-seconds", warmUp, 0.1, MostSeconds, problems))
                : null,
            SlowClients = (int)InRange("--slow-clients", parsed.GetValue(Slow), 0, MostSlow, problems),
            NoIdleStates = parsed.GetValue(NoIdleStates),
            SlowServer = parsed.GetValue(SlowServer),
            ProxyShare = InRange("--proxy-share", parsed.GetValue(Share), 0.05, 1, problems),
            IdleConnections = (int)InRange("--idle", parsed.GetValue(Idle), 0, MostIdle, problems),
        };
        if (options.SlowServer && options.Workloads.FirstOrDefault(w => w.KeysPerGet > 1) is { } many)
        {
            problems.Add($"--slow-server with --workloads {many.Name}: its gets ask all servers; give workloads of one key a get");
        }

        StartupException.ThrowIfAny(problems);
        return options;
    }

    private static double InRange(string option, double value, double least, double most, List<string> problems)
    {
        if (!(value >= least && value <= most))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"{option} {value}: expected {least} to {most}"));
            return least;
        }

        return value;
    }

    private static void Write(ProxyBenchReport report, TextWriter output)
    {
        var table = new TextTable(
            "WORKLOAD", "CONNECTIONS", "PIPELINE", "TARGET", "REQUESTS/S", "PER CPU S", "CPU", "P50 US", "P99 US", "RATIO", "LOWEST", "HIGHEST",
            "60% P50 US", "60% P99 US", "BESIDE SLOW", "BESIDE STOPPED");
        foreach (ProxyBenchRow row in report.Rows)
        {
            table.Add(
                row.Workload,
                Figures.Number(row.Connections, 0),
                Figures.Number(row.Pipeline, 0),
                row.Target,
                Figures.Number(row.RequestsPerSecond, 0),
                row.RequestsPerCpuSecond is { } perCpu ? Figures.Number(perCpu, 0) : "",
                row.CpuShare is { } share ? Figures.Percent(share) : "",
                Figures.Number(row.P50Us, 0),
                Figures.Number(row.P99Us, 0),
                Ratio(row.RatioToNutcracker),
                Ratio(row.LowestRatio),
                Ratio(row.HighestRatio),
                row.PacedP50Us is { } half ? Figures.Number(half, 0) : "",
                row.PacedP99Us is { } tail ? Figures.Number(tail, 0) : "",
                row.PacedP99BesideSlowUs is { } beside ? Figures.Number(beside, 0) : "",
                row.PacedP99BesideStoppedServerUs is { } stopped ? Figures.Number(stopped, 0) : "");
        }

        table.Write(output);
        foreach (IdleRow idle in report.Idle)
        {
            output.WriteLine($"{idle.Target}: {Figures.Number(idle.ResidentBytesPerConnection / 1024, 1)} KiB resident per idle connection at "
                + $"{Figures.Number(idle.Connections, 0)}");
        }

        output.WriteLine(report.IdleStates ? "cores could enter idle states" : "no core entered an idle state that takes time to leave");
        foreach (AbsentTarget absent in report.Absent)
        {
            output.WriteLine($"{absent.Target} is not installed and was left out; install it with: {absent.Install}");
        }

        int compared = report.Rows.Count(r => r is { Target: "fleet", RatioToNutcracker: not null });
        if (compared > 0)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{compared - report.Missed.Count()} of {compared} cells reach {ProxyBenchReport.Bar} x nutcracker's requests per CPU second"));
        }
    }

    private static string Ratio(double? ratio) => ratio is { } value ? Figures.Number(value, 2) : "";

    private static ImmutableArray<string> Named(string option, string text, ImmutableArray<string> known, List<string> problems)
    {
        ImmutableArray<string> names = [.. text.Split(',', StringSplitOptions.TrimEntries).Distinct()];
        problems.AddRange(names.Except(known).Select(n =>
            $"{option} {n}: unknown{NearestName.Suggestion(n, known)}; known: {string.Join(", ", known)}"));
        return [.. names.Intersect(known)];
    }

    private static ImmutableArray<(int Connections, int Pipeline)> ReadPoints(string text, List<string> problems)
    {
        ImmutableArray<(int, int)>.Builder points = ImmutableArray.CreateBuilder<(int, int)>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] sides = part.Split('x');
            if (sides.Length == 2 && TryWhole(sides[0], MaxConnections, out int connections) && TryWhole(sides[1], MaxPipeline, out int pipeline))
            {
                points.Add((connections, pipeline));
            }
            else
            {
                problems.Add($"--points {part}: expected CONNECTIONSxPIPELINE, 1 to {MaxConnections} and 1 to {MaxPipeline}");
            }
        }

        return points.ToImmutable();
    }

    private static bool TryWhole(string text, int most, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1 && value <= most;
}
