using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Fleet.Grpc.Client;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Tests.Support;
using Fleet.V1;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>The agent's own program with exactly the capabilities that it asks for, and without them, on the real kernel.</summary>
public sealed class CapabilityTests : IDisposable
{
    private const string Three = "+net_admin,+dac_override,+dac_read_search";

    /// <summary>Bits 1, 2 and 12 of capabilities(7).</summary>
    private const string ThreeBits = "0000000000001006";

    /// <summary>Free in a namespace of the test's own.</summary>
    private const int MetricsPort = 7483;

    private readonly ConcurrentQueue<string> _said = new();
    private readonly TemporaryFolder _folder = new();
    private readonly string _program = Path.Combine(AppContext.BaseDirectory, "Fleet.NodeAgent.dll");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ThreeCapabilitiesOfAnOrdinaryUserAreEnough()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        using Process agent = Start(
            plant, ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps", "-all," + Three, "--ambient-caps", "-all," + Three,
            "--bounding-set", "-all," + Three], "--device", VethPlant.Device);
        try
        {
            AgentService.AgentServiceClient client = await ConnectAsync(agent);
            string[] status = await File.ReadAllLinesAsync($"/proc/{agent.Id}/status", Ct);
            status.ShouldContain(l => l.StartsWith("Uid:\t65534", StringComparison.Ordinal));
            status.ShouldContain("CapEff:\t" + ThreeBits);

            DescribeResponse description = await client.DescribeAsync(new DescribeRequest(), cancellationToken: Ct);
            Knob[] usable = [.. description.Knobs.Where(k => k.State == KnobState.Available)];
            Assert.SkipUnless(usable.Any(k => k.Name == NapiKnobs.FlushName), "this kernel lacks per-NAPI settings");
            var setting = new Setting();
            setting.Values.AddRange(usable.Select(k => new KnobValue { Knob = k.Name, Value = k.LegalValues[^1] }));
            ApplyResponse applied = await client.ApplyAsync(new ApplyRequest { Epoch = 1, Setting = setting }, cancellationToken: Ct);
            applied.ReadBack.ShouldBe(setting);
            plant.FlushNs().ShouldBe((ulong)usable.Single(k => k.Name == NapiKnobs.FlushName).LegalValues[^1] * 1000);
        }
        finally
        {
            await StopAsync(agent);
        }

        plant.FlushNs().ShouldBe(0UL, "an agent that was told to end restores with the same capabilities");
    }

    [Fact]
    public async Task WithoutThemItSaysEachOnceAndShowsItAsAMetric()
    {
        using VethPlant plant = await VethPlant.CreateAsync();
        EnergyOfAnotherUser(plant.ReadSysfs("ifindex"));
        plant.InServer("ip link set lo up");
        using Process agent = Start(
            plant, ["--inh-caps", "-all", "--bounding-set", "-all"],
            "--device", VethPlant.Device, "--sysfs", _folder.File("sys"), "--metrics-listen", $"127.0.0.1:{MetricsPort}");
        try
        {
            AgentService.AgentServiceClient client = await ConnectAsync(agent);
            DescribeResponse description = await client.DescribeAsync(new DescribeRequest(), cancellationToken: Ct);
            description.Knobs.Single(k => k.Name == NapiKnobs.FlushName).Reason.ShouldContain("CAP_NET_ADMIN");
            description.Sensors.Single(s => s.Name == "rapl-package").Reason.ShouldContain("CAP_DAC_READ_SEARCH");
            string metrics = plant.Get(MetricsPort, "/metrics");
            metrics.ShouldContain("fleet_agent_permission_missing{name=\"rapl-package\"} 1");
            metrics.ShouldNotContain("fleet_agent_energy_joules_total{source=\"rapl\"}", Case.Sensitive, "unknown is not 0");
        }
        finally
        {
            await StopAsync(agent);
        }

        string[] said = [.. _said.Where(l => l.Contains("missing permission for rapl-package", StringComparison.Ordinal))];
        said.ShouldHaveSingleItem().ShouldContain("CAP_DAC_READ_SEARCH");
    }

    private void EnergyOfAnotherUser(string ifindex)
    {
        const string Zone = "sys/class/powercap/intel-rapl:0/";
        _folder.Write($"sys/class/net/{VethPlant.Device}/ifindex", ifindex + "\n");
        _folder.Write(Zone + "name", "package-0\n");
        _folder.Write(Zone + "energy_uj", "1000000\n");
        _folder.Write(Zone + "max_energy_range_uj", "262143328850\n");
        string energy = _folder.File(Zone + "energy_uj");
        using Process chown = Process.Start("chown", ["65534", energy]);
        chown.WaitForExit();
        using Process chmod = Process.Start("chmod", ["0400", energy]);
        chmod.WaitForExit();
    }

    private Process Start(VethPlant plant, string[] privileges, params string[] options)
    {
        var start = new ProcessStartInfo("ip",
        [
            "netns", "exec", plant.Server, "setpriv", .. privileges, "dotnet",
            _program, "--listen", "unix:" + _folder.File("socket"), "--journal", _folder.File("journal"), .. options,
        ]) { RedirectStandardError = true };
        Process agent = Process.Start(start)!;
        agent.ErrorDataReceived += (_, line) => _said.Enqueue(line.Data ?? "");
        agent.BeginErrorReadLine();
        return agent;
    }

    private async Task<AgentService.AgentServiceClient> ConnectAsync(Process agent)
    {
        await Wait.UntilAsync(() => agent.HasExited || _said.Any(l => l.Contains("listens on", StringComparison.Ordinal)), "the agent listens", 60);
        agent.HasExited.ShouldBeFalse(string.Join('\n', _said));
        return new AgentService.AgentServiceClient(FleetChannel.ForAddress("unix:" + _folder.File("socket")));
    }

    private static async Task StopAsync(Process agent)
    {
        using Process kill = Process.Start("kill", ["-TERM", agent.Id.ToString(CultureInfo.InvariantCulture)]);
        await agent.WaitForExitAsync(Ct);
    }
}
