using Fleet.Lab.Demo;

namespace Fleet.Lab.Tests.Demo;

public class LoadFitTests
{
    [Theory]
    [InlineData(24_000, 0.5, 24_000)]
    [InlineData(24_000, LoadFit.FullestCore, 24_000)]
    [InlineData(24_000, 1.0, 16_800)]
    [InlineData(8_000, 0.9, 6_200)]
    [InlineData(1_100, 1.0, LoadFit.LeastQps)]
    [InlineData(LoadFit.LeastQps, 1.0, LoadFit.LeastQps)]
    public void AFullCoreGetsLessLoad(double qps, double busyRatio, double next) => LoadFit.Next(qps, busyRatio).ShouldBe(next);

    // A machine on which a request costs a wake-up that others share: the fit ends, and with room on the core.
    [Theory]
    [InlineData(20)]
    [InlineData(80)]
    [InlineData(400)]
    public void TheFitEndsWithRoomOnTheCore(double costUs)
    {
        double qps = 24_000;
        int looks = 0;
        for (double next; (next = LoadFit.Next(qps, Busy(qps))) != qps; qps = next)
        {
            (++looks).ShouldBeLessThan(10);
        }

        Busy(qps).ShouldBeLessThanOrEqualTo(LoadFit.FullestCore);

        double Busy(double offered) => Math.Min(1, offered * costUs / 1e6 * (1 - (0.4 * offered / 24_000)));
    }
}
