using Fleet.Core.Measurement;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class LoadTrackerTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly TunerOptions _options = new();

    [Theory]
    [InlineData(100)]
    [InlineData(1000)]
    [InlineData(20_000)]
    public void CountingNoiseDoesNotLeaveTheBand(double qps)
    {
        var tracker = new LoadTracker(_options);
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            tracker.Add(Slice(i, Poisson(random, qps * 0.25)), i < 100 ? 0 : qps);
            tracker.AboveBand.ShouldBeFalse($"slice {i}, average {tracker.Qps:0}");
        }

        tracker.BelowBand(Start.AddDays(1)).ShouldBeFalse();
    }

    [Fact]
    public void AJumpOfTheLoadIsSeenWithinASecond()
    {
        var tracker = Steady(8000, 40);
        int slices = 0;
        while (!tracker.AboveBand && slices < 100)
        {
            tracker.Add(Slice(40 + slices, 3000), 8000);
            slices++;
        }

        slices.ShouldBeLessThanOrEqualTo(5);
    }

    [Fact]
    public void LowerLoadIsWaitedOut()
    {
        var tracker = Steady(8000, 40);
        for (int i = 40; i < 60; i++)
        {
            tracker.Add(Slice(i, 1000), 8000);
        }

        tracker.AboveBand.ShouldBeFalse();
        tracker.BelowBand(Start.AddSeconds(20)).ShouldBeFalse();
        tracker.BelowBand(Start.AddSeconds(320)).ShouldBeTrue();
    }

    [Fact]
    public void ANodeThatNeverHadARequestHasNoLoadToBeBelowItsBand()
    {
        // A controller that took over holds what was settled before, and the traffic has yet to come: that is nothing to search for.
        var tracker = new LoadTracker(_options);
        for (int i = 0; i < 40; i++)
        {
            tracker.Add(Slice(i, 0), 8000);
        }

        tracker.BelowBand(Start.AddDays(1)).ShouldBeFalse();
    }

    [Fact]
    public void TheFirstSlicesAreNotPulledToZero() => Steady(8000, 3).Qps.ShouldBe(8000, 1);

    [Fact]
    public void TheErrorIsThatOfCountingTheRequestsBehindTheAverage()
    {
        Steady(8000, 1).LogError.ShouldBe(Math.Sqrt(1 / 2000.0), 1e-12);

        // A moving average with weight a has a / (2 - a) of the variance of one slice.
        double weight = 1 - Math.Exp(-PoolBench.Slice / _options.LoadTimeConstant);
        Steady(8000, 200).LogError.ShouldBe(Math.Sqrt(weight / (2 - weight) / 2000), 1e-9);
    }

    private LoadTracker Steady(double qps, int slices)
    {
        var tracker = new LoadTracker(_options);
        for (int i = 0; i < slices; i++)
        {
            tracker.Add(Slice(i, (long)(qps / 4)), qps);
        }

        return tracker;
    }

    private static TrafficSlice Slice(int i, long requests) => PoolBench.TrafficOf(Start + (PoolBench.Slice * i), requests, 100);

    private static long Poisson(Random random, double mean) => (long)Math.Max(Math.Round(mean
        + (Math.Sqrt(mean) * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))), 0);
}
