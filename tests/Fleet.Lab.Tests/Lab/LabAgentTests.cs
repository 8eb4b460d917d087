using System.Diagnostics;
using System.Text.Json;
using Fleet.Grpc.Client;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;
using Fleet.Testing;
using Fleet.V1;

namespace Fleet.Lab.Tests.Lab;

/// <summary>The lab with real agents, as the built command line runs them.</summary>
[Collection("the lab is one per machine")]
public sealed class LabAgentTests : IDisposable
{
    private const string Flush = "napi.gro_flush_timeout_us";

    private readonly string _state = Path.Combine(Path.GetTempPath(), $"fleet-lab-agents-{Environment.ProcessId}");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (Directory.Exists(_state))
        {
            Directory.Delete(_state, recursive: true);
        }
    }

    // What an agent of the lab tunes; it also describes the knobs of the host, which it leaves alone.
    private static readonly string[] LabKnobs = ["napi.gro_flush_timeout_us", "napi.irq_suspend_timeout_us"];

    [Fact]
    public async Task AnAgentThatIsKilledLeavesTheOriginals()
    {
        LabEnvironment lab = await PrepareAsync(1);
        MachineState before = await MachineState.ReadAsync(Ct);
        try
        {
            LabServer server = (await lab.UpAsync(Ct)).Servers.Single();
            using (FleetChannel channel = FleetChannel.ForAddress(server.AgentListen))
            {
                var client = new AgentService.AgentServiceClient(channel);
                DescribeResponse described = await client.DescribeAsync(new DescribeRequest(), cancellationToken: Ct);
                Knob[] tuned = [.. described.Knobs.Where(k => LabKnobs.Contains(k.Name) && k.State == KnobState.Available)];
                Assert.SkipUnless(tuned.Length == LabKnobs.Length, "this kernel lacks per-NAPI settings");
                var request = new ApplyRequest { Epoch = 1, Setting = new Setting() };
                request.Setting.Values.AddRange(tuned.Select(k => new KnobValue { Knob = k.Name, Value = k.LegalValues[^1] }));
                await client.ApplyAsync(request, cancellationToken: Ct);
            }

            File.Exists(server.JournalPath).ShouldBeTrue();
            (await FlushUsAsync(server)).ShouldBeGreaterThan(0);
            File.ReadAllText(server.BusyPollControl).ShouldStartWith("1");

            Process.GetProcessById(server.AgentPid!.Value).Kill();

            await UntilAsync(() => !File.Exists(server.JournalPath), "the guard replayed the journal");
            (await FlushUsAsync(server)).ShouldBe(0);
            File.ReadAllText(server.BusyPollControl).ShouldStartWith("0");
        }
        finally
        {
            await lab.DownAsync(CancellationToken.None);
        }

        (await MachineState.ReadAsync(Ct)).ShouldBe(before);
    }

    [Fact]
    public async Task DownAfterARunThatWasKilledMidwayLeavesNothing()
    {
        LabEnvironment lab = await PrepareAsync(3);
        MachineState before = await MachineState.ReadAsync(Ct);
        string[] words = [.. Fleet(), "lab", "up", "--servers", "3"];
        using Process up = Process.Start(new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true })!;
        string second = Path.Combine(new LabOptions().StateDirectory, "s2");
        try
        {
            await UntilAsync(() => Directory.Exists(second) || up.HasExited, "the second server is being made");
        }
        finally
        {
            up.Kill();
            await up.WaitForExitAsync(CancellationToken.None);
            await new LabEnvironment(new LabOptions(), TimeProvider.System).DownAsync(CancellationToken.None);
        }

        (await MachineState.ReadAsync(Ct)).ShouldBe(before);
        Directory.Exists(new LabOptions().StateDirectory).ShouldBeFalse();
    }

    private static string[] Fleet()
    {
        string? assembly = new[] { "Release", "Debug" }
            .Select(c => Path.Combine(RepositoryRoot.Path, "src/Fleet.Cli/bin", c, "net10.0/fleet.dll")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(assembly is null, "the command line is not built (make build)");
        return ["dotnet", assembly!];
    }

    private async Task<LabEnvironment> PrepareAsync(int servers)
    {
        var options = new LabOptions { Servers = servers, StateDirectory = _state, FleetCommand = Fleet(), MemoryMegabytes = 16 };
        Assert.SkipWhen(LabLeftovers.Servers().Count > 0, "a lab is up on this machine; fleet lab down removes it");
        Assert.SkipWhen(options.BusyPollLibrary is null, "libfleet-busypoll.so is not built (eng/build-native.sh)");
        IReadOnlyList<string> problems = await LabPreflight.CheckAsync(options, Ct);
        Assert.SkipWhen(problems.Count > 0, string.Join("; ", problems));
        return new LabEnvironment(options, TimeProvider.System);
    }

    private static async Task<long> FlushUsAsync(LabServer server)
    {
        string json = await HostCommand.RunAsync(
            [
                "ip", "netns", "exec", server.Namespace, .. Fleet(), "agent", "--describe", "--json",
                "--device", LabNames.ServerDevice(server.Index),
            ],
            Ct);
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("knobs").EnumerateArray()
            .Single(k => k.GetProperty("name").GetString() == Flush).GetProperty("current").GetInt64();
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(start).TotalSeconds.ShouldBeLessThan(60, what);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
        }
    }
}
