using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Bench;
using Fleet.Cli.Bench.Controllers;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench controller</c>: what a controller costs with so many nodes.</summary>
internal static class BenchControllerCommand
{
    private const int MostOverGrpc = 500;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly Option<string> Nodes = new("--nodes")
    {
        Description = "simulated nodes, 1 to 100000; several with commas, each in a process of its own", HelpName = "N,…",
        DefaultValueFactory = _ => "100,1000,10000",
    };

    private static readonly Option<int> Pools = new("--pools")
    {
        Description = "pools that share them, 1 to 1000; 0: one per 500 nodes", DefaultValueFactory = _ => 0,
    };

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "measured time, 1 to 3600", DefaultValueFactory = _ => 30,
    };

    private static readonly Option<double> WarmUp = new("--warm-up")
    {
        Description = "seconds before the measured time, 1 to 3600", DefaultValueFactory = _ => 15,
    };

    private static readonly Option<string> Transport = new("--transport")
    {
        Description = "how agents and proxies are reached: grpc, memory, or auto (grpc up to 500 nodes)", DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    private static readonly Option<string> Folder = new("--folder") { Required = true };

    private static readonly Option<int> PeerNodes = new("--nodes") { Required = true };

    private static readonly Option<int> PeerPools = new("--pools") { Required = true };

    private static readonly Option<long> Begin = new("--begin") { Required = true };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("controller", "Measure a controller with simulated nodes: CPU, memory, and lag of the control loop.")
        {
            Nodes, Pools, Seconds, WarmUp, Transport, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    /// <summary>Builds the command of the process that plays agents and proxies.</summary>
    public static Command CreatePeers()
    {
        var command = new Command(ControllerBenchmark.PeersCommand, "Plays agents and proxies for 'fleet bench controller'.")
        {
            Folder, PeerNodes, PeerPools, Begin,
        };
        command.Hidden = true;
        command.SetAction(async (parsed, ct) =>
        {
            await BenchPeers.RunAsync(
                parsed.GetValue(Folder)!,
                new BenchFleet(parsed.GetValue(PeerNodes), parsed.GetValue(PeerPools)),
                new BenchClock(parsed.GetValue(Begin), TimeProvider.System),
                () => parsed.InvocationConfiguration.Output.WriteLine("ready"),
                ct);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        (IReadOnlyList<int> nodes, double seconds, double warmUp) = Read(parsed);
        var rows = new List<ControllerBenchRow>();
        foreach (int count in nodes)
        {
            if (nodes.Count > 1)
            {
                rows.Add(await InOwnProcessAsync(parsed, count, ct));
                continue;
            }

            int pools = parsed.GetValue(Pools) is var asked && asked > 0 ? asked : (count + 499) / 500;
            bool grpc = parsed.GetValue(Transport) is "grpc" || (parsed.GetValue(Transport) is "auto" && count <= MostOverGrpc);
            rows.Add(await ControllerBenchmark.RunAsync(
                new ControllerBenchOptions(count, pools, TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(seconds), grpc),
                AgentCommand.Self(), TimeProvider.System, ct));
        }

        var report = new ControllerBenchReport(rows, BenchmarkPlant.Host());
        if (parsed.GetValue(Json))
        {
            await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(report, Indented));
            return ExitCode.Ok;
        }

        var table = new TextTable("NODES", "POOLS", "TRANSPORT", "CORES", "MIB", "LAG P50", "LAG P99", "SEARCHING", "PROBES");
        foreach (ControllerBenchRow row in rows)
        {
            table.Add(
                Figures.Number(row.Nodes), Figures.Number(row.Pools), row.Transport, Figures.Number(row.CpuCores, 3), Figures.Number(row.ResidentMiB),
                Figures.Number(row.LagP50Ms, 1) + " ms", Figures.Number(row.LagP99Ms, 1) + " ms", Figures.Percent(row.SearchingShare),
                Figures.Number(row.Probes));
        }

        table.Write(parsed.InvocationConfiguration.Output);
        return ExitCode.Ok;
    }

    private static (IReadOnlyList<int> Nodes, double Seconds, double WarmUp) Read(ParseResult parsed)
    {
        var problems = new List<string>();
        void Check(bool legal, string problem)
        {
            if (!legal)
            {
                problems.Add(problem);
            }
        }

        var nodes = new List<int>();
        foreach (string part in parsed.GetValue(Nodes)!.Split(',', StringSplitOptions.TrimEntries))
        {
            bool legal = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= 100_000;
            Check(legal, $"--nodes {part}: expected 1 to 100000, several with commas");
            nodes.Add(count);
        }

        (int pools, double seconds, double warmUp) = (parsed.GetValue(Pools), parsed.GetValue(Seconds), parsed.GetValue(WarmUp));
        Check(pools is >= 0 and <= 1000, string.Create(CultureInfo.InvariantCulture, $"--pools {pools}: expected 0 to 1000"));
        Check(seconds is >= 1 and <= 3600, string.Create(CultureInfo.InvariantCulture, $"--seconds {seconds}: expected 1 to 3600"));
        Check(warmUp is >= 1 and <= 3600, string.Create(CultureInfo.InvariantCulture, $"--warm-up {warmUp}: expected 1 to 3600"));
        string transport = parsed.GetValue(Transport)!;
        Check(
            transport is "grpc" or "memory" or "auto",
            $"--transport {transport}: unknown{NearestName.Suggestion(transport, ["grpc", "memory", "auto"])}; known: grpc, memory, auto");
        StartupException.ThrowIfAny(problems);
        return (nodes, seconds, warmUp);
    }

    /// <summary>Memory of one row must not be the next one's.</summary>
    private static async Task<ControllerBenchRow> InOwnProcessAsync(ParseResult parsed, int nodes, CancellationToken ct)
    {
        string[] self = AgentCommand.Self();
        string[] words =
        [
            "bench", "controller", "--json", "--nodes", nodes.ToString(CultureInfo.InvariantCulture),
            "--pools", parsed.GetValue(Pools).ToString(CultureInfo.InvariantCulture),
            "--seconds", parsed.GetValue(Seconds).ToString(CultureInfo.InvariantCulture),
            "--warm-up", parsed.GetValue(WarmUp).ToString(CultureInfo.InvariantCulture), "--transport", parsed.GetValue(Transport)!,
        ];
        using Process row = Process.Start(new ProcessStartInfo(self[0], [.. self.Skip(1), .. words]) { RedirectStandardOutput = true })!;
        string text = await row.StandardOutput.ReadToEndAsync(ct);
        await row.WaitForExitAsync(ct);
        return row.ExitCode == 0
            ? JsonSerializer.Deserialize<ControllerBenchReport>(text, Indented)!.Rows[0]
            : throw new StartupException(string.Create(CultureInfo.InvariantCulture, $"the run with {nodes} nodes failed"));
    }
}
