using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Fleet.Cli.Bench;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet bench agent</c>: what a node agent costs its host.</summary>
internal static class BenchAgentCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private static readonly Option<int> Seconds = new("--seconds")
    {
        Description = "how long readings are watched, 1 to 3600", DefaultValueFactory = _ => 30,
    };

    private static readonly Option<int> WarmUp = new("--warm-up")
    {
        Description = "seconds that readings are watched before, 1 to 3600", DefaultValueFactory = _ => 10,
    };

    private static readonly Option<int> Applies = new("--applies")
    {
        Description = "settings of three knobs to apply, 2 to 10000", DefaultValueFactory = _ => 100,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "print the result as JSON" };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("agent", "Measure an agent: CPU and memory at four readings a second, and the time of a setting. Needs root.")
        {
            Seconds, WarmUp, Applies, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        int seconds = parsed.GetValue(Seconds);
        int warmUp = parsed.GetValue(WarmUp);
        int applies = parsed.GetValue(Applies);
        var problems = new List<string>();
        if (seconds is < 1 or > 3600)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--seconds {seconds}: expected 1 to 3600"));
        }

        if (warmUp is < 1 or > 3600)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--warm-up {warmUp}: expected 1 to 3600"));
        }

        if (applies is < 2 or > 10_000)
        {
            problems.Add(string.Create(CultureInfo.InvariantCulture, $"--applies {applies}: expected 2 to 10000"));
        }

        StartupException.ThrowIfAny(problems);
        AgentBenchmarkReport report = await AgentBenchmark.RunAsync(
            AgentCommand.Self(), TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(seconds), applies, TimeProvider.System, ct);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(report, Indented));
            return ExitCode.Ok;
        }

        var table = new TextTable("WHAT", "MEASURED", "BAR");
        table.Add("CPU at 4 readings/s", Figures.Number(report.CpuPercentOfOneCore, 3) + " % of a core", "");
        table.Add("the same, median of 5 s windows", Figures.Number(report.CpuPercentMedian, 3) + " % of a core", "< 0.3");
        table.Add("the same, lower quartile", Figures.Number(report.CpuPercentLowerQuartile, 3) + " % of a core", "");
        table.Add("resident memory", Figures.Number(report.ResidentMib, 1) + " MiB", "< 60");
        table.Add("apply 3 knobs, median", Figures.Number(report.ApplyMedianMs, 2) + " ms", "< 20");
        table.Add("apply 3 knobs, p99", Figures.Number(report.ApplyP99Ms, 2) + " ms", "");
        table.Add("first apply", Figures.Number(report.FirstApplyMs, 2) + " ms", "< 20");
        table.Add("first apply, for the caller", Figures.Number(report.FirstCallMs, 2) + " ms", "");
        table.Write(output);
        return ExitCode.Ok;
    }
}
