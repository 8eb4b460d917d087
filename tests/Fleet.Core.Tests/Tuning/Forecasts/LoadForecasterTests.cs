using Fleet.Core.Measurement;
using Fleet.Core.Numerics;
using Fleet.Core.Tuning.Forecasts;

namespace Fleet.Core.Tests.Tuning.Forecasts;

public class LoadForecasterTests
{
    private const int Day = 1440;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly LoadForecaster _forecaster = new(10);

    [Fact]
    public void ItSaysNothingForADayThenThePeakOfTheNextTenMinutes()
    {
        int minute = Feed(0, Day - 1, Step);
        _forecaster.PeakQps.ShouldBeNull();
        minute = Feed(minute, Day - minute + 711, Step);
        _forecaster.PeakQps!.Value.ShouldBe(5000, 60);
        Feed(minute, 5, Step);
        _forecaster.PeakQps!.Value.ShouldBe(9000, 200, "the step at minute 720 of the day is within ten minutes");
    }

    [Fact]
    public void OnNoiseTheSmoothedModelWinsAndAfterAChangeOfTheDailyCurveTheNaiveOne()
    {
        var random = new SplitMix64(5);
        Feed(0, 3 * Day, m => 8000 * Math.Exp(0.2 * random.NextNormal()));
        _forecaster.ModelName.ShouldBe("holt-winters");

        // From the second day on the load has steps that the first had not.
        var sharp = new LoadForecaster(10);
        Feed(0, 3 * Day, m => m < Day ? 5000 : Step(m), sharp);
        sharp.ModelName.ShouldBe("seasonal-naive");
    }

    [Fact]
    public void AShortGapIsBridgedAndALongOneForgetsThePast()
    {
        int minute = Feed(0, Day + 100, _ => 8000);
        minute = Feed(minute + 30, 2, _ => 8000);
        _forecaster.PeakQps!.Value.ShouldBe(8000, 1);
        Feed(minute + 200, 2, _ => 8000);
        _forecaster.PeakQps.ShouldBeNull();
    }

    [Fact]
    public void ASliceOfTheWrongTimeOrLengthChangesNothing()
    {
        int minute = Feed(0, Day + 100, _ => 8000);
        _forecaster.Add(Slice(minute - 50, 1_000_000));
        _forecaster.Add(Slice(minute, 1_000_000) with { Duration = TimeSpan.Zero });
        Feed(minute, 2, _ => 8000);
        _forecaster.PeakQps!.Value.ShouldBe(8000, 1);
    }

    private static double Step(int minute) => minute % Day is >= 720 and < 1000 ? 9000 : 5000;

    private static TrafficSlice Slice(int minute, double qps) =>
        new(Start.AddMinutes(minute), TimeSpan.FromSeconds(10), (long)(qps * 10), 0, 0, new LatencyHistogram());

    private int Feed(int from, int minutes, Func<int, double> qps, LoadForecaster? forecaster = null)
    {
        for (int m = from; m < from + minutes; m++)
        {
            (forecaster ?? _forecaster).Add(Slice(m, qps(m)));
        }

        return from + minutes;
    }
}
