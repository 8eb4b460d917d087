using Fleet.Lab.Report;

namespace Fleet.Lab.Tests.Report;

public class PlotAxisTests
{
    [Fact]
    public void LinearTicksAreRoundAndInside() =>
        new PlotAxis("", 0, 103).Ticks().ShouldBe([0, 20, 40, 60, 80, 100]);

    [Fact]
    public void LogarithmicTicksAreOneTwoFive() =>
        new PlotAxis("", 15, 1200, true).Ticks().ShouldBe([20, 50, 100, 200, 500, 1000]);

    [Fact]
    public void EqualRatiosAreEqualDistancesOnALogarithmicAxis()
    {
        var axis = new PlotAxis("", 10, 1000, true);
        axis.Share(10).ShouldBe(0, 1e-9);
        axis.Share(100).ShouldBe(0.5, 1e-9);
        axis.Share(1000).ShouldBe(1, 1e-9);
    }

    [Fact]
    public void AnAxisHoldsItsValuesAndIgnoresUnknownOnes()
    {
        PlotAxis axis = PlotAxis.Around("", [3, double.NaN, 7]);
        axis.Low.ShouldBeLessThan(3);
        axis.High.ShouldBeGreaterThan(7);
        PlotAxis.Around("", [double.NaN]).High.ShouldBeGreaterThan(PlotAxis.Around("", []).Low);
        PlotAxis same = PlotAxis.Around("", [5, 5]);
        same.High.ShouldBeGreaterThan(same.Low);
    }
}
