using Fleet.Core.Measurement;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class SliceSpreadTests
{
    [Fact]
    public void SlicesThatAgreeLeaveTheErrorByOrderStatistics() =>
        SliceSpread.LogError(Slices(100, 101, 99, 100, 102, 98, 100, 100), 99, 0.03).ShouldBe(0.03);

    [Fact]
    public void ABurstInHalfOfTheSlicesMakesTheWindowSayLittle()
    {
        double error = SliceSpread.LogError(Slices(100, 100, 100, 100, 2000, 2000, 2000, 2000), 99, 0.03);

        // Two levels a factor 20 apart: standard deviation 1.6 in ln, over eight slices.
        error.ShouldBe(Math.Log(20) / 2 * Math.Sqrt(8.0 / 7) / Math.Sqrt(8), 0.02);
    }

    [Fact]
    public void UpToTwiceTheErrorByOrderStatisticsTheDifferenceIsChance()
    {
        TrafficSlice[] slices = Slices(100, 120, 100, 120, 100, 120, 100, 120);
        double bySlices = SliceSpread.LogError(slices, 99, 0);
        SliceSpread.LogError(slices, 99, bySlices / 2).ShouldBe(bySlices / 2);
        SliceSpread.LogError(slices, 99, bySlices / 2.01).ShouldBe(bySlices);
    }

    [Fact]
    public void FewOrThinSlicesSayNothingOfTheSpread()
    {
        SliceSpread.LogError(Slices(100, 2000, 100), 99, 0.03).ShouldBe(0.03);
        SliceSpread.LogError([.. Slices(100, 2000, 100, 100).Select(s => PoolBench.TrafficOf(s.Start, 100, 500))], 99, 0.03)
            .ShouldBe(0.03);
    }

    private static TrafficSlice[] Slices(params double[] latencyUs) =>
        [.. latencyUs.Select((l, i) => PoolBench.TrafficOf(DateTimeOffset.UnixEpoch + (i * PoolBench.Slice), 2000, l))];
}
