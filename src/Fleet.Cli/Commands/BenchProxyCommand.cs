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
        DefaultValueFactory = _ => string.Join(',', ProxyBenchOptions.AllTargets),
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "measured time of a cell, 0.1 to 600; half of it, 1 s at most, goes before unmeasured", DefaultValueFactory = _ => 2,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("proxy", "Measure requests per CPU second and latency beside nutcracker, haproxy and no proxy.")
        {
            Workloads, Points, Targets, Seconds, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var problems = new List<string>();
        double seconds = parsed.GetValue(Seconds);
        var options = new ProxyBenchOptions
        {
            FleetCommand = SelfCommand.Fleet,
            Workloads = [.. Named("--workloads", parsed.GetValue(Workloads)!, [.. BenchWorkload.All.Select(w => w.Name)], problems)
                .Select(n => BenchWorkload.All.First(w => w.Name == n))],
            Targets = Named("--targets", parsed.GetValue(Targets)!, ProxyBenchOptions.AllTargets, problems),
            Points = ReadPoints(parsed.GetValue(Points)!, problems),
            Measured = TimeSpan.FromSeconds(seconds is >= 0.1 and <= 600 ? seconds : 1),
        };
        if (seconds is not (>= 0.1 and <= 600))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--seconds {seconds}: expected 0.1 to 600"));
        }

        StartupException.ThrowIfAny(problems);
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

    private static void Write(ProxyBenchReport report, TextWriter output)
    {
        var table = new TextTable("WORKLOAD", "CONNECTIONS", "PIPELINE", "TARGET", "REQUESTS/S", "PER CPU S", "CPU", "P50 US", "P99 US", "RATIO");
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
                row.RatioToNutcracker is { } ratio ? Figures.Number(ratio, 2) : "");
        }

        table.Write(output);
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
