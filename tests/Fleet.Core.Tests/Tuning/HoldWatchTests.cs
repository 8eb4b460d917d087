using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class HoldWatchTests
{
    private const int Day = 1440;
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void ALoadThatIsForecastIsToldOncePerHorizon()
    {
        var options = new TunerOptions { ForecastHorizon = TimeSpan.FromMinutes(10), SearchSchedule = null };
        var watch = new HoldWatch(options);
        for (int m = 0; m < Day + 712; m++)
        {
            double qps = m % Day is >= 720 and < 1000 ? 9000 : 5000;
            var slice = new TrafficSlice(Start.AddMinutes(m), TimeSpan.FromSeconds(10), (long)(qps * 10), 0, 0, new LatencyHistogram());
            watch.Add(slice, holding: false);
        }

        DateTimeOffset now = Start.AddMinutes(Day + 712);
        watch.Begin(5000, now);
        HoldVerdict told = watch.Judge(isDefault: true, commonTrouble: false, now);
        (told.Action, told.Trigger).ShouldBe((HoldAction.Foresee, "forecast"));
        watch.ForecastTaken(now);
        watch.Judge(isDefault: true, commonTrouble: false, now + options.ForecastHorizon - TimeSpan.FromSeconds(1)).Action.ShouldBe(HoldAction.None);
        watch.Judge(isDefault: true, commonTrouble: false, now + options.ForecastHorizon).Action.ShouldBe(HoldAction.Foresee);
    }
}
