using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Bench;
using Fleet.Cli.Bench.Failover;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench failover</c>: strikes at the controller that owns a pool, in every phase of its tuner.</summary>
internal static class BenchFailoverCommand
{
    private const string InsideCommand = "failover-inside";
    private const double LongestTakeOverSeconds = 10;
    private const double LeaseSeconds = 30;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly Option<string> Phases = new("--phases")
    {
        Description = "phases of the tuner: " + Names<FailoverPhase>(), HelpName = "NAME,…", DefaultValueFactory = _ => Names<FailoverPhase>(),
    };

    private static readonly Option<string> Strikes = new("--strikes")
    {
        Description = "what happens to the owner: " + Names<FailoverStrike>(), HelpName = "NAME,…",
        DefaultValueFactory = _ => Names<FailoverStrike>(),
    };

    private static readonly Option<string> Pairs = new("--pairs")
    {
        Description = "phases with their strike, instead of all with all", HelpName = "PHASE:STRIKE,…",
    };

    private static readonly Option<double> Pause = new("--pause")
    {
        Description = "seconds that a controller is stopped or cut off, 1 to 600", DefaultValueFactory = _ => 20,
    };

    private static readonly Option<string> Script = new("--postgres-script")
    {
        Description = "starts a private PostgreSQL", HelpName = "FILE", DefaultValueFactory = _ => "deploy/postgres/start-private.sh",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    private static readonly Option<string> Hub = new("--hub") { Required = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command(
            "failover", "Kill, stop and cut off the owner of a pool under load, in every phase of its tuner. Needs root, PostgreSQL and memcached.")
        {
            Phases, Strikes, Pairs, Pause, Script, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Builds the command that runs inside the namespace of the first one.</summary>
    public static Command CreateInside()
    {
        var command = new Command(InsideCommand, "The part of 'fleet bench failover' that runs in its network namespace.")
        {
            Pairs, Pause, Script, Hub,
        };
        command.Hidden = true;
        command.SetAction(RunInsideAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var problems = new List<string>();
        IReadOnlyList<(FailoverPhase, FailoverStrike)> pairs = ReadPairs(parsed, problems);
        double pause = parsed.GetValue(Pause);
        string script = Path.GetFullPath(parsed.GetValue(Script)!);
        if (pause is not (>= 1 and <= 600))
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--pause {pause}: expected 1 to 600"));
        }

        if (!File.Exists(script))
        {
            problems.Add($"--postgres-script {script}: no such file; it is deploy/postgres/start-private.sh of the source tree");
        }

        StartupException.ThrowIfAny(problems);
        using FailoverSpaces spaces = FailoverSpaces.Create(FailoverFleet.Controllers);
        string[] self = AgentCommand.Self();
        string[] words =
        [
            "netns", "exec", spaces.HubName, .. self, "bench", InsideCommand, "--hub", spaces.HubName, "--postgres-script", script,
            "--pause", pause.ToString(CultureInfo.InvariantCulture), "--pairs", string.Join(',', pairs.Select(p => $"{p.Item1}:{p.Item2}")),
        ];
        using Process inside = Process.Start(new ProcessStartInfo("ip", words) { RedirectStandardOutput = true })!;
        string text = await inside.StandardOutput.ReadToEndAsync(ct);
        await inside.WaitForExitAsync(ct);
        if (inside.ExitCode != 0)
        {
            throw new StartupException("the run ended without a result");
        }

        FailoverReport report = JsonSerializer.Deserialize<FailoverReport>(text, Indented)!;
        Write(parsed, report, text);
        return report.Rows.All(IsGood) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static async Task<int> RunInsideAsync(ParseResult parsed, CancellationToken ct)
    {
        string folder = Directory.CreateTempSubdirectory("fleet-failover-").FullName;

        if (OperatingSystem.IsLinux())
        {
            // The database runs as another user below this folder.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_001_001);
        }

        try
        {
            await using FailoverFleet fleet = await FailoverFleet.StartAsync(
                folder, AgentCommand.Self(), parsed.GetValue(Script)!, FailoverSpaces.Of(parsed.GetValue(Hub)!), TimeProvider.System, ct);
            IReadOnlyList<FailoverRow> rows = await FailoverBenchmark.RunAsync(
                fleet, ReadPairs(parsed, []), TimeSpan.FromSeconds(parsed.GetValue(Pause)),
                what => parsed.InvocationConfiguration.Error.WriteLine($"strike: {what}"), TimeProvider.System, ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                JsonSerializer.Serialize(new FailoverReport(rows, parsed.GetValue(Pause), BenchmarkPlant.Host()), Indented));
            return ExitCode.Ok;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Write(ParseResult parsed, FailoverReport report, string json)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            output.Write(json);
            return;
        }

        var table = new TextTable("PHASE", "STRIKE", "TAKE-OVER", "STALE", "REFUSED", "REQUESTS", "FAILED", "EXPLORING", "SETTLED AFTER");
        foreach (FailoverRow row in report.Rows)
        {
            table.Add(
                row.Phase, row.Strike, Figures.Number(row.TakeOverSeconds, 2) + " s", Figures.Number(row.StaleCommands),
                Figures.Number(row.RefusedCommands), Figures.Number(row.Requests), Figures.Number(row.FailedRequests), Figures.Number(row.Exploring),
                Figures.Number(row.SettledAfterSeconds, 2) + " s");
        }

        table.Write(output);
    }

    private static bool IsGood(FailoverRow row) => row is { StaleCommands: 0, FailedRequests: 0, Requests: > 0 }
        && row.TakeOverSeconds <= LongestTakeOverSeconds && row.SettledAfterSeconds <= LeaseSeconds;

    private static IReadOnlyList<(FailoverPhase, FailoverStrike)> ReadPairs(ParseResult parsed, List<string> problems)
    {
        if (parsed.GetValue(Pairs) is { Length: > 0 } pairs)
        {
            return
            [
                .. pairs.Split(',', StringSplitOptions.TrimEntries).Select(p => p.Split(':')).Select(p => (
                    One<FailoverPhase>("--pairs", p[0], problems), One<FailoverStrike>("--pairs", p.Length > 1 ? p[1] : "", problems))),
            ];
        }

        return
        [
            .. from phase in parsed.GetValue(Phases)!.Split(',', StringSplitOptions.TrimEntries)
               from strike in parsed.GetValue(Strikes)!.Split(',', StringSplitOptions.TrimEntries)
               select (One<FailoverPhase>("--phases", phase, problems), One<FailoverStrike>("--strikes", strike, problems)),
        ];
    }

    private static T One<T>(string option, string name, List<string> problems)
        where T : struct, Enum
    {
        if (Enum.TryParse(name, ignoreCase: true, out T value) && Enum.IsDefined(value))
        {
            return value;
        }

        string[] known = [.. Enum.GetNames<T>().Select(n => n.ToLowerInvariant())];
        string problem = $"{option} {name}: unknown{NearestName.Suggestion(name, known)}; known: {string.Join(", ", known)}";
        if (!problems.Contains(problem))
        {
            problems.Add(problem);
        }

        return default;
    }

    private static string Names<T>()
        where T : struct, Enum => string.Join(',', Enum.GetNames<T>().Select(n => n.ToLowerInvariant()));
}
