using System.Globalization;
using Fleet.Lab.Lab;
using Fleet.Testing;

namespace Fleet.Cli.Tests.Commands;

/// <summary>Short sweeps of real servers, and what follows: their output goes through the search and a day unchanged.</summary>
[Collection(nameof(LabCollection))]
public sealed class SweepOnLabTests : IDisposable
{
    private const string Flush = "napi.gro_flush_timeout_us";
    private const string Suspend = "napi.irq_suspend_timeout_us";
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sweep_of_memcached_feeds_the_search_and_a_day()
    {
        await LabOrSkipAsync();
        string[] lines = await SweepAsync(
            "--qps", "2000,4000", "--knob", $"{Flush}=50,200", "--knob", $"{Suspend}=0", "--window", "1", "--report", _folder.File("sweep.html"));
        lines.Count(l => !l.StartsWith('#')).ShouldBe(1 + (2 * 3));
        lines.ShouldContain($"qps,{Flush},{Suspend},watts,p99_us,watts_sd,p99_us_sd,runs");
        lines.Count(l => l.StartsWith("2000,,,", StringComparison.Ordinal)).ShouldBe(1);
        (await File.ReadAllTextAsync(_folder.File("sweep.html"), Ct)).ShouldContain("kernel default");
        await FeedAsync();
    }

    [Fact]
    public async Task A_sweep_of_NetPIPE_feeds_the_search_and_a_day()
    {
        await LabOrSkipAsync();
        Assert.SkipWhen(Tool.Find("NPtcp") is null, Tool.Missing("NPtcp"));
        string[] lines = await SweepAsync(
            "--workload", "netpipe", "--sizes", "64,8192", "--knob", $"{Flush}=100", "--knob", $"sender.{Flush}=0,100", "--window", "1",
            "--report", _folder.File("sweep.html"));
        lines.ShouldContain(l => l.EndsWith("messages of 8192 bytes", StringComparison.Ordinal));
        lines.ShouldContain($"qps,{Flush},sender.{Flush},watts,p99_us,watts_sd,p99_us_sd,runs");
        string page = await File.ReadAllTextAsync(_folder.File("sweep.html"), Ct);
        page.ShouldContain("Goodput against message size");
        page.ShouldContain("Energy against message size");
        double[] roundTrips = [.. lines.Where(l => !l.StartsWith('#')).Skip(1).Select(l =>
            double.Parse(l.Split(',')[4], CultureInfo.InvariantCulture))];
        roundTrips[1..3].ShouldAllBe(us => us > roundTrips[0], "a delay of 100 us is in every round trip");
        await FeedAsync();
    }

    [Fact]
    public async Task A_real_node_is_swept_through_its_agent_and_gets_its_originals_back()
    {
        await LabOrSkipAsync();
        var options = new LabOptions
        {
            Servers = 1,
            StateDirectory = Path.Combine(Path.GetTempPath(), $"fleet-sweep-{Environment.ProcessId}"),
            FleetCommand = ["dotnet", Path.Combine(AppContext.BaseDirectory, "fleet.dll")],
            MemoryMegabytes = 16,
        };
        var lab = new LabEnvironment(options, TimeProvider.System);
        try
        {
            LabServer server = (await lab.UpAsync(Ct)).Servers.Single();
            string[] lines = await SweepAsync(
                "--agent", server.AgentListen, "--target", $"{server.Endpoint}", "--qps", "2000", "--knob", $"{Flush}=100",
                "--knob", $"{Suspend}=0", "--window", "1");
            lines.Count(l => l.StartsWith("2000,", StringComparison.Ordinal)).ShouldBe(2);
            lines[0].ShouldContain($"memcached on {server.Endpoint}");
            File.Exists(server.JournalPath).ShouldBeFalse("the originals are back");
            (int exitCode, _, string error) = await FleetProcess.RunAsync(
                "sweep", "--agent", server.AgentListen, "--target", $"{server.Endpoint}", "--knob", "napi.gro_flush_timeout=7",
                "--knob", $"{Flush}=7");
            exitCode.ShouldBe(2);
            error.ShouldContain($"did you mean {Flush}?");
            error.ShouldContain($"--knob {Flush}=7: not legal; legal: ");
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }
    }

    private async Task<string[]> SweepAsync(params string[] options)
    {
        string surface = _folder.File("surface.csv");
        await using FleetProcess sweep = FleetProcess.Fleet(["sweep", .. options, "--out", surface, "--json", _folder.File("sweep.json")]);
        (await sweep.ExitAsync(420)).ShouldBe(0, sweep.Error);
        sweep.Error.ShouldBeEmpty("a bar is for terminals");
        string pictures = _folder.File("again.html");
        (int exitCode, _, string error) = await FleetProcess.RunAsync("plot", _folder.File("sweep.json"), "--report", pictures);
        exitCode.ShouldBe(0, error);
        if (File.Exists(_folder.File("sweep.html")))
        {
            (await File.ReadAllTextAsync(pictures, Ct)).ShouldBe(await File.ReadAllTextAsync(_folder.File("sweep.html"), Ct));
        }

        return (await File.ReadAllTextAsync(surface, Ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task FeedAsync()
    {
        (int exitCode, string output, string error) = await FleetProcess.RunAsync(
            "bench", "optimizer", "--surface", _folder.File("surface.csv"), "--sla", "1000000", "--runs", "2", "--methods", "fleet,random");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("random");
        await File.WriteAllTextAsync(_folder.File("trace.csv"), "hour,rate\n0,50\n1,100\n2,75\n", Ct);
        (exitCode, output, error) = await FleetProcess.RunAsync(
            "simulate", "--trace", _folder.File("trace.csv"), "--surface", _folder.File("surface.csv"), "--sla", "1000000");
        exitCode.ShouldBe(0, error);
        output.ShouldContain("bayop-hourly");
    }

    internal static async Task LabOrSkipAsync()
    {
        var options = new LabOptions { Servers = 1, FleetCommand = [] };
        IReadOnlyList<string> problems = await LabPreflight.CheckAsync(options, Ct);
        Assert.SkipWhen(problems.Count > 0, string.Join("; ", problems));
        LabStatus status = await new LabEnvironment(options, TimeProvider.System).StatusAsync(Ct);
        Assert.SkipWhen(status.Servers.Count > 0, "a lab is up on this machine; fleet lab down removes it");
    }
}
