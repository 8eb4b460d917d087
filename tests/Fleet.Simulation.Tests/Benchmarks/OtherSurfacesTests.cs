using System.Collections.Immutable;
using Fleet.Core.Search;
using Fleet.Simulation.Benchmarks;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Tests.Benchmarks;

/// <summary>The search on servers that its constants were not chosen on: one to four knobs, names among them, other spreads.</summary>
public class OtherSurfacesTests
{
    public static TheoryData<string> Surfaces => [.. DrawnSurfaces.Names.Select(n => n.Name)];

    [Theory]
    [MemberData(nameof(Surfaces))]
    public void ComesNearTheOptimumInAFewTrialsAndKeepsThePromise(string name)
    {
        ImmutableArray<double> slas = DrawnSurfaces.Names.Single(n => n.Name == name).SlasUs;
        SurfaceReport report = SurfaceBenchmark.Run(DrawnSurfaces.Create(name), new() { SlasUs = slas, Runs = 4 });
        BenchmarkRow mean = report.Means.Single();

        // Four knobs make 525 settings, and the search spends nearly its budget of 15 on them.
        mean.TrialsAtStop.ShouldBeLessThan(name.Contains("timer", StringComparison.Ordinal) && name != "one timer" ? 15 : 13);
        mean.FinalOverBest.ShouldBeLessThan(1.08);
        mean.FinalBreaksSlaShare.ShouldBe(0);
    }

    [Fact]
    public void ThePublishedIrqSuspensionRunsAreASurface()
    {
        string path = Path.Combine(SharedData(), "irqsuspend_summary.csv");
        Assert.SkipUnless(File.Exists(path), $"{path} is not there");
        using StreamReader text = File.OpenText(path);
        (Surface? surface, string problem) = IrqSuspendTable.Read(text, "v1");
        problem.ShouldBeEmpty();
        surface!.Space.Knobs.Select(k => k.Name).ShouldBe(["gro_flush_usecs", "irq_suspend"]);
        surface.Loads.ShouldContain(200_000);
        BenchmarkRow mean = SurfaceBenchmark.Run(surface, new() { SlasUs = [150, 200, 300], Runs = 4 }).Means.Single();
        mean.FinalOverBest.ShouldBeLessThan(1.05);
        mean.FinalBreaksSlaShare.ShouldBe(0);
    }

    [Fact]
    public void ATableThatIsNotOneOfRunsIsRefused() => IrqSuspendTable.Read(new StringReader("a,b\n1,2"), "v1").Problem.ShouldContain("a,b");

    [Theory]
    [InlineData(Objective.LeastJoulesPerRequest)]
    [InlineData(Objective.LeastLatencyUnderCap)]
    public void EveryObjectiveAndBaselineIsPlayedByName(string objective)
    {
        Surface surface = DrawnSurfaces.Create("delay and clock");
        SurfaceReport report = SurfaceBenchmark.Run(surface, new()
        {
            SlasUs = [250], ObjectiveName = objective, PowerCapsWatts = [60, 75], Runs = 3, Methods = BenchmarkMethods.Names,
        });
        Dictionary<string, BenchmarkRow> means = report.Means.ToDictionary(m => m.Method);
        means.Keys.ShouldBe(BenchmarkMethods.Names, ignoreOrder: true);
        means["oracle"].FinalOverBest.ShouldBe(1, 1e-12);
        means["fleet"].FinalOverBest.ShouldBeLessThan(1.1);
        means["fleet"].FinalBreaksSlaShare.ShouldBe(0);
        means["default"].FinalOverBest.ShouldBeGreaterThan(objective == Objective.LeastLatencyUnderCap ? 0 : 1.05);
        bool caps = objective == Objective.LeastLatencyUnderCap;
        report.Rows.ShouldAllBe(r => caps == (r.PowerCapWatts != null) && caps == (r.SlaUs == 0));
    }

    [Fact]
    public void ACapThatNothingKeepsIsListedWithTheClosestPower()
    {
        SurfaceReport report = SurfaceBenchmark.Run(DrawnSurfaces.Create("delay and clock"), new()
        {
            SlasUs = [], ObjectiveName = Objective.LeastLatencyUnderCap, PowerCapsWatts = [5], Runs = 1,
        });
        report.Rows.ShouldBeEmpty();
        report.Infeasible.ShouldAllBe(i => i.PowerCapWatts == 5 && i.ClosestWatts > 5);
    }

    [Fact]
    public void StrayWindowsCostPowerAndNoPromise()
    {
        SurfaceBenchmarkOptions calm = new() { SlasUs = [150, 250, 400], Runs = 8 };
        Surface surface = DrawnSurfaces.Create("delay and clock");
        BenchmarkRow without = SurfaceBenchmark.Run(surface, calm).Means.Single();
        BenchmarkRow with = SurfaceBenchmark.Run(surface, calm with { StrayShare = 0.05 }).Means.Single();
        with.ShouldNotBe(without);
        with.FinalBreaksSlaShare.ShouldBe(0);
        with.FinalOverBest.ShouldBeLessThan(without.FinalOverBest + 0.06);
        with.TrialsAtStop.ShouldBeLessThan(without.TrialsAtStop + 2);
    }

    [Fact]
    public void CurvesFallTowardsTheFinalCost()
    {
        SurfaceReport report = SurfaceBenchmark.Run(DrawnSurfaces.Create("delay and clock"), new() { SlasUs = [250], Runs = 3 });
        SearchCurve curve = report.Curves.Single();
        curve.OverBest[0].ShouldBeGreaterThan(1.05);
        curve.OverBest[^1].ShouldBe(report.Means.Single().FinalOverBest, 0.02);
    }

    private static string SharedData()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Fleet.sln")))
        {
            at = at.Parent;
        }

        return Path.Combine(at?.FullName ?? "", "..", "shared", "data");
    }
}
