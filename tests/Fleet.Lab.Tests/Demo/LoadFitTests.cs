using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class LoadFitTests
{
    [Theory]
    [InlineData(24_000, 0.5, 24_000)]
    [InlineData(16_000, 0.1, 20_000)]
    [InlineData(16_000, 0.65, 19_200)]
    [InlineData(16_000, LoadFit.EmptiestCore, 16_000)]
    [InlineData(24_000, LoadFit.FullestCore, 24_000)]
    [InlineData(24_000, 1.0, 14_400)]
    [InlineData(8_000, 0.9, 6_900)]
    [InlineData(8_000, 0, 10_000)]
    [InlineData(1_100, 1.0, LoadFit.LeastQps)]
    [InlineData(LoadFit.LeastQps, 1.0, LoadFit.LeastQps)]
    public void AFullCoreGetsLessLoadAndAnEmptyOneMore(double qps, double busyRatio, double next) =>
        LoadFit.Next(qps, busyRatio, mostQps: 24_000).ShouldBe(next);

    [Fact]
    public void LessThanTheLeastLoadIsOfferedWhenNoMoreWasAskedFor() => LoadFit.Next(500, 1, mostQps: 500).ShouldBe(500);

    // A machine on which a request costs a wake-up that others share: the fit ends, and with room on the core.
    [Theory]
    [InlineData(20)]
    [InlineData(80)]
    [InlineData(400)]
    public void TheFitEndsWithRoomOnTheCore(double costUs)
    {
        double qps = 24_000;
        int looks = 0;
        for (double next; (next = LoadFit.Next(qps, Busy(qps), mostQps: 24_000)) != qps; qps = next)
        {
            (++looks).ShouldBeLessThan(10);
        }

        Busy(qps).ShouldBeLessThanOrEqualTo(LoadFit.FullestCore);
        (qps == 24_000 || Busy(qps) >= LoadFit.EmptiestCore).ShouldBeTrue();

        double Busy(double offered) => Math.Min(1, offered * costUs / 1e6 * (1 - (0.4 * offered / 24_000)));
    }
}
