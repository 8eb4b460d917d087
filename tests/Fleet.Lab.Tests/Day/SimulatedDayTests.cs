using Fleet.Lab.Day;
using Fleet.Lab.Demo;
using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Day;

/// <summary>A replayed day on the simulated pool: its order, its figures, its page.</summary>
public class SimulatedDayTests
{
    private static readonly DayPlan Plan = new() { Length = TimeSpan.FromMinutes(8), Seed = 3 };

    [Fact]
    public async Task TheSidesTakeTurnsAndTheFleetSavesByTuningAndParking()
    {
        DayDemoReport report = await RunAsync();

        report.Phases.Select(p => p.Name).ShouldBe(
            ["start", "learn", "default", "fleet", "join", "fleet", "default", "default", "fleet", "leave", "fleet", "default"]);
        report.Windows.Count.ShouldBe(48);
        report.Windows.GroupBy(w => w.Pair).ShouldAllBe(hour => hour.Count(w => w.Tuned) == 1 && hour.Count() == 2);
        foreach (IGrouping<int, ReportWindow> hour in report.Windows.GroupBy(w => w.Pair))
        {
            double[] requests = [.. hour.Select(w => w.Requests / w.DurationSeconds)];
            requests.Min().ShouldBeGreaterThan(requests.Max() * 0.9, "both sides play the hour's load");
        }

        report.Comparison!.CpuSavedRatio!.Value.ShouldBeGreaterThan(0.1);
        report.LeastActiveNodes!.Value.ShouldBeLessThan(3, "a node is parked while load is low");
        report.Claims.Single(c => c.Name == "consolidated").Holds.ShouldBeTrue();
        report.Load.Failed.ShouldBe(0);
        report.Series.Where(s => s.Phase == "default" && s.Hour is not null).ShouldAllBe(s => s.ActiveNodes == s.Nodes, "the default parks nobody");
        report.Series.Max(s => s.Nodes).ShouldBe(4);
        report.Series[^1].Nodes.ShouldBe(3);
    }

    [Fact]
    public async Task TheSameSeedGivesTheSameReportAndItsPageIsDrawnAgainFromItsJson()
    {
        DayDemoReport report = await RunAsync();
        (await RunAsync()).ToJson().ShouldBe(report.ToJson());
        string page = DayDemoPage.Of(report);
        ReportPages.Of(report.ToJson()).Page.ShouldBe(page);
        foreach (string part in (string[])["Active nodes over time", "Power, hour by hour", "p99, hour by hour", "Load over time", "saved"])
        {
            page.ShouldContain(part);
        }

        page.ShouldNotContain("<script");
        page.ShouldNotContain("http://");
    }

    [Fact]
    public void ThePageOfADemoIsDrawnAgainFromItsJson()
    {
        DemoReport sample = Report.SampleReport.Create();
        ReportPages.Of(sample.ToJson()).Page.ShouldBe(HtmlReport.Page(sample));
    }

    private static async Task<DayDemoReport> RunAsync()
    {
        var options = new DemoOptions { Servers = Plan.Servers, Qps = Plan.PeakQps, Seed = Plan.Seed };
        await using var plant = new SimulatedPlant(options, PlannedPool.Compressed);
        var script = new DayScript(plant, Plan, new Silent());
        await script.RunAsync(TestContext.Current.CancellationToken);
        return await DayDemoBuilder.BuildAsync(
            script, plant, "the test says so", Plan, DateTimeOffset.UnixEpoch, TestContext.Current.CancellationToken);
    }

    private sealed class Silent : IDemoDisplay
    {
        public void Begin(string phase, string text) => phase.ShouldNotBeEmpty();

        public void Say(string text) => text.ShouldNotBeEmpty();

        public void Show(DemoInterval second, double slaUs) => second.View.ShouldNotBeEmpty();
    }
}
