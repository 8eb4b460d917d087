using System.Text.Json;
using Fleet.Lab.Demo;
using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Demo;

/// <summary>The demo's parts and report on the simulated pool.</summary>
public class SimulatedDemoTests
{
    private static readonly DemoOptions Options = new() { Qps = 24_000, Plan = new DemoPlan { Pairs = 3 } };

    [Fact]
    public async Task TheWholeLoopSavesCpuUnderThePromise()
    {
        var display = new RecordingDisplay();
        DemoReport report = await RunAsync(display);

        display.Phases.ShouldBe(["start", "default", "tune", "compare", "retune", "remove", "add"]);
        report.Plant.ShouldBe("simulation");
        report.PlantReason.ShouldBe("the test says so");
        report.Windows.Count.ShouldBe(6);
        report.Windows.Select(w => w.Tuned).ShouldBe([true, false, false, true, true, false]);
        report.Comparison!.CpuSavedRatio!.Value.ShouldBeGreaterThan(0.2);
        report.Claims.Where(c => c.DecidesExit).ShouldAllBe(c => c.Holds);
        report.Series.Select(s => s.SlaUs).Distinct().ShouldBe([500, 200]);
        report.Settings.ShouldContain(s => s.Setting != "default" && s.Watts != null);
        report.Nodes.Select(n => n.Id).ShouldBe(["node1", "node2", "node4"]);
        report.PowerSource.ShouldBe("model");
        report.Notes.ShouldContain(n => n.Contains("simulation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameReport()
    {
        string first = (await RunAsync(new RecordingDisplay())).ToJson();
        string second = (await RunAsync(new RecordingDisplay())).ToJson();
        second.ShouldBe(first);
        using JsonDocument json = JsonDocument.Parse(first);
        json.RootElement.GetProperty("schema").GetString().ShouldBe("fleet-demo/1");
        json.RootElement.GetProperty("comparison").GetProperty("tuned").GetProperty("cpuUsPerRequest").GetDouble().ShouldBeGreaterThan(0);
    }

    private static async Task<DemoReport> RunAsync(IDemoDisplay display)
    {
        await using var plant = new SimulatedPlant(Options);
        var script = new DemoScript(plant, Options.Plan, display);
        await script.RunAsync(TestContext.Current.CancellationToken);
        return await DemoReportBuilder.BuildAsync(
            script, plant, "the test says so", Options, DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
    }

    private sealed class RecordingDisplay : IDemoDisplay
    {
        public List<string> Phases { get; } = [];

        public void Begin(string phase, string text) => Phases.Add(phase);

        public void Say(string text) => Phases.ShouldNotBeEmpty();

        public void Show(DemoInterval second, double slaUs) => second.View.ShouldNotBeEmpty();
    }
}
