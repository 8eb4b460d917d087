using Fleet.Core.Measurement;
using Fleet.Core.Numerics;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class DriftWatchTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private SplitMix64 _random = new(3);

    [Theory]
    [InlineData(1.06, "up")]
    [InlineData(0.94, "down")]
    public void AShiftInsideTheBandIsFound(double factor, string side)
    {
        var watch = new DriftWatch(new TunerOptions());
        Feed(watch, 30, _ => 8000).ShouldBe(30, "no drift");
        Feed(watch, 30, _ => 8000 * factor).ShouldBeLessThan(10);
        watch.Drift.ShouldNotBeNull().ShouldContain(side);
    }

    [Fact]
    public void ALargeShiftIsToldAtTheEndOfItsFirstMinute()
    {
        var watch = new DriftWatch(new TunerOptions());
        for (int second = 0; second < 659; second++)
        {
            watch.Add(Second(second < 600 ? 8000 : 10_000));
        }

        watch.Drift.ShouldBeNull();
        watch.Add(Second(10_000));
        watch.Drift.ShouldNotBeNull().ShouldContain("up to 10000 req/s from 8000");
    }

    [Fact]
    public void ASlowDriftIsFoundBeforeItLeavesTheBand()
    {
        var watch = new DriftWatch(new TunerOptions());
        Feed(watch, 15, _ => 8000).ShouldBe(15);
        int minutes = Feed(watch, 60, m => 8000 * Math.Exp(0.004 * m));
        (0.004 * minutes).ShouldBeLessThan(0.1);
    }

    [Fact]
    public void CountingNoiseOfALittleLoadIsNoDrift() => Feed(new DriftWatch(new TunerOptions()), 300, _ => 30).ShouldBe(300);

    [Fact]
    public void ResetTakesThePresentLoadAsUsual()
    {
        var watch = new DriftWatch(new TunerOptions());
        Feed(watch, 12, _ => 8000);
        Feed(watch, 20, _ => 9000);
        watch.Drift.ShouldNotBeNull();
        watch.Reset();
        watch.Drift.ShouldBeNull();
        Feed(watch, 60, _ => 9000).ShouldBe(60);
    }

    [Fact]
    public void ALimitOfZeroTurnsItOff() => Feed(new DriftWatch(new TunerOptions { DriftLimit = 0 }), 60, m => 8000 * (1 + m)).ShouldBe(60);

    /// <summary>Feeds minutes of slices until a drift is found; the minutes that took.</summary>
    private int Feed(DriftWatch watch, int minutes, Func<int, double> qps)
    {
        for (int m = 0; m < minutes; m++)
        {
            for (int s = 0; s < 60; s++)
            {
                double rate = qps(m);
                long requests = (long)Math.Max(0, Math.Round(rate + (Math.Sqrt(rate) * _random.NextNormal())));
                watch.Add(Second(requests));
            }

            if (watch.Drift is not null)
            {
                return m + 1;
            }
        }

        return minutes;
    }

    private static TrafficSlice Second(long requests) => new(Start, TimeSpan.FromSeconds(1), requests, 0, 0, new LatencyHistogram());
}
