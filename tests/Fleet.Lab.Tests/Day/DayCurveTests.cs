using Fleet.Lab.Day;
using Fleet.Simulation.Days;

namespace Fleet.Lab.Tests.Day;

public class DayCurveTests
{
    [Fact]
    public void TheProjectsOwnDayHasOneLowBeforeDawnAndReachesItsPeakOnce()
    {
        DayCurve.Default.Length.ShouldBe(24);
        DayCurve.Default.Max().ShouldBe(1);
        DayCurve.Default.Min().ShouldBe(0.22);
        DayCurve.Default.IndexOf(DayCurve.Default.Min()).ShouldBeInRange(2, 6);
        DayCurve.Default.Count(s => s == 1).ShouldBe(1);
        DayCurve.Default.IndexOf(1).ShouldBeInRange(12, 21);
    }

    [Fact]
    public void ATraceIsAveragedOverItsHoursAndScaledToItsPeak()
    {
        DayCurve.Of(new Trace("rate", 1800, [10, 30, 40, 40, 0, 0], false)).ShouldBe([0.5, 1, 0.01]);
        DayCurve.Of(new Trace("fraction", 7200, [0.25, 0.5], true)).ShouldBe([0.5, 0.5, 1, 1]);
    }

    [Fact]
    public void OnlyTheFirstDayOfALongTraceIsPlayed() =>
        DayCurve.Of(new Trace("rate", 3600, [.. Enumerable.Range(1, 96).Select(h => (double)h)], false)).Length.ShouldBe(24);

    [Fact]
    public void EveryIllegalValueOfAPlanIsNamed()
    {
        new DayPlan().Problems().ShouldBeEmpty();
        var plan = new DayPlan { Servers = 1, PeakQps = 5, Length = TimeSpan.FromSeconds(1), Shares = [1], SlaUs = 1 };
        plan.Problems().Count.ShouldBe(5);
        plan.Problems()[0].ShouldContain("--servers is 1; legal is 2 to 8");
    }

    [Fact]
    public void BlocksHoldEveryHourOnce()
    {
        foreach (int hours in (int[])[24, 23, 7])
        {
            var plan = new DayPlan { Shares = [.. Enumerable.Repeat(1.0, hours)], Blocks = 4 };
            int[] played = [.. Enumerable.Range(0, 4).SelectMany(b => Enumerable.Range(0, hours).Take(plan.HoursOf(b)))];
            played.ShouldBe(Enumerable.Range(0, hours));
        }
    }
}
