using Fleet.Lab.Load;

namespace Fleet.Lab.Tests.Load;

public class ArrivalScheduleTests
{
    [Fact]
    public void ArrivalsArePoisson()
    {
        var schedule = new ArrivalSchedule(new Random(3), 1e9, 10_000);
        schedule.Start(0);
        int[] perMs = new int[20_000];
        for (long due = schedule.NextDue; due < 20_000_000_000; due = schedule.NextDue)
        {
            perMs[due / 1_000_000]++;
            schedule.Advance();
        }

        // A Poisson count's variance equals its mean: 10 arrivals in each millisecond here.
        double mean = perMs.Average();
        double variance = perMs.Average(n => (n - mean) * (n - mean));
        mean.ShouldBe(10, 0.1);
        variance.ShouldBe(10, 0.5);
    }

    [Fact]
    public void ANewRateHoldsAtOnceAndKeepsWhatIsDue()
    {
        var schedule = new ArrivalSchedule(new Random(3), 1e9, 1);
        schedule.Start(0);
        long due = schedule.NextDue;

        schedule.ChangeRate(1_000_000, due);
        schedule.NextDue.ShouldBe(due);

        schedule.Advance();
        schedule.NextDue.ShouldBeInRange(due, due + 100_000);
        schedule.ChangeRate(1, due - 1);
        schedule.Advance();
        schedule.ChangeRate(1_000_000, due);
        schedule.NextDue.ShouldBeInRange(due, due + 100_000);
    }
}
