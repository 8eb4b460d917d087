using Fleet.Core.Knobs;
using Fleet.Simulation.Days;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Tests.Days;

public class DayStudyTests
{
    [Fact]
    public void BetweenLoadsValuesAreInterpolatedInTheLogarithmAndOutsideTheNearestStands()
    {
        SurfaceServer server = Small();
        Setting slow = Setting(400);
        server.Watts(slow, 100_000).ShouldBe(40);
        server.Watts(slow, 200_000).ShouldBe(50, 1e-9);
        server.Watts(slow, 50_000).ShouldBe(40);
        server.PercentileUs(slow, 900_000).ShouldBe(600);
        server.PercentileUs(slow, 200_000).ShouldBe(450, 1e-9);
        server.Watts(slow, 0).ShouldBe(12);
    }

    [Fact]
    public void FixedPoliciesAreExactOnASmallSurface()
    {
        // Slots at 100,000 and 400,000 requests/s of an hour each; the slow setting breaks 500 µs at the second.
        var study = new DayStudy(Small(), new Trace("fraction", 3600, [0.25, 1], true), new DayOptions
        {
            Policies = ["default", "best-static", "oracle"], SlasUs = [500],
        });
        DayReport report = study.Run("small", "two hours");
        Joules("default").ShouldBe(3600 * (70 + 100), 1);
        Joules("best-static").ShouldBe(3600 * (50 + 80), 1);
        Joules("oracle").ShouldBe(3600 * (40 + 80), 1);
        report.Policies.ShouldAllBe(p => p.ShareOfSlicesOverSla == 0 && p.Trials == 0 && p.MeanActiveNodes == 1);
        report.Policies[1].OverOracle.ShouldBe(130.0 / 120, 1e-4);
        report.Policies[2].SavingOverDefault.ShouldBe(1 - (120.0 / 170), 1e-4);

        double Joules(string name) => report.Policies.Single(p => p.Name == name).Joules;
    }

    [Fact]
    public void TheOracleOfAFleetParksWhatItDoesNotNeed()
    {
        var study = new DayStudy(Small(), new Trace("fraction", 3600, [0.25, 0.25], true), new DayOptions
        {
            Policies = ["default", "consolidate-default", "oracle"], SlasUs = [500], Nodes = [4],
        });
        DayReport report = study.Run("small", "two hours");

        // 400,000 requests/s for four servers: one at 80 W, or two at 200,000 with 50 W, or four with 40 W; a parked one draws 12 W.
        report.Policies.Single(p => p.Name == "oracle").MeanActiveNodes.ShouldBe(1);
        report.Policies.Single(p => p.Name == "oracle").Joules.ShouldBe(7200 * (80 + (3 * 12)), 1);
        report.Policies.Single(p => p.Name == "consolidate-default").Joules.ShouldBe(7200 * (100 + (3 * 12)), 1);
    }

    [Fact]
    public void ImpossiblePromisesAreNamed()
    {
        var study = new DayStudy(Small(), new Trace("fraction", 3600, [0.25, 1], true), new DayOptions { SlasUs = [20, 500] });
        study.Problems().ShouldHaveSingleItem().ShouldStartWith("--sla 20: no setting meets it at any load; the lowest p99 is 90 µs");
    }

    [Fact]
    public void TheProductionControlComesNearTheOracleAndSurvivesTheRoundTrip()
    {
        var study = new DayStudy(
            new SurfaceServer(FittedModels.Surface(MemcachedModel.Name)),
            new Trace("fraction", 3600, [0.4, 0.7, 0.5], true),
            new DayOptions { Policies = ["default", "oracle", "fleet"], SlasUs = [500], Seed = 3 });
        DayReport report = study.Run("model", "three hours");
        PolicyRow fleet = report.Policies[2];
        fleet.Trials.ShouldBeGreaterThan(3);
        fleet.OverOracle.ShouldBeInRange(1, 1.1);
        fleet.ShareOfRequestsOverSla.ShouldBeLessThan(0.005);
        study.Run("model", "three hours").ToJson().ShouldBe(report.ToJson());
        (DayReport? read, string? problem) = DayReport.FromJson(report.ToJson());
        problem.ShouldBeNull();
        read!.ToJson().ShouldBe(report.ToJson());
        DayReport.FromJson("{}").Problem.ShouldNotBeNull();
    }

    private static Setting Setting(long usecs) => new([new("rx_usecs", usecs)]);

    private static SurfaceServer Small() => new(new Surface(
        new KnobSpace([new Knob("rx_usecs", [10, 400], KnobScale.Log)]),
        [
            new(100_000, Core.Knobs.Setting.Default, 70, 100, null, null, 1),
            new(100_000, Setting(10), 50, 90, null, null, 1),
            new(100_000, Setting(400), 40, 300, null, null, 1),
            new(400_000, Core.Knobs.Setting.Default, 100, 120, null, null, 1),
            new(400_000, Setting(10), 80, 110, null, null, 1),
            new(400_000, Setting(400), 60, 600, null, null, 1),
        ]));
}
