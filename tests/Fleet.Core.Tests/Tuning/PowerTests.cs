using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class PowerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(53_130.0)]
    [InlineData(4_294_967_295_000.0)]
    [InlineData(null)]
    public void ALieIsNotPower(double? watts)
    {
        var filter = new PowerFilter(new TunerOptions());
        filter.Accept(Reading(watts, PowerSource.Rapl), Now).ShouldBeNull();
        filter.Working(Now).ShouldBeFalse();
    }

    [Fact]
    public void PowerWithoutASourceIsUnknown() =>
        new PowerFilter(new TunerOptions()).Accept(Reading(50, PowerSource.Unknown), Now).ShouldBeNull();

    [Fact]
    public void ASensorThatFellSilentStopsWorking()
    {
        var filter = new PowerFilter(new TunerOptions());
        filter.Accept(Reading(50, PowerSource.Rapl), Now).ShouldBe(50);
        filter.Working(Now.AddSeconds(9)).ShouldBeTrue();
        filter.Working(Now.AddSeconds(11)).ShouldBeFalse();
    }

    [Fact]
    public void AGlitchInsideTheSensorsRangeIsLeftOut()
    {
        (double? watts, double error) = PowerStatistics.MeanAndLogError([(50, 1), (52, 1), (9000, 1), (48, 1), (0.1, 1)]);
        watts.ShouldNotBeNull().ShouldBe(50, 0.01);
        error.ShouldBe(2 / Math.Sqrt(3) / 50, 1e-4);
    }

    [Fact]
    public void LongerReadingsWeighMore() => PowerStatistics.MeanAndLogError([(10, 1), (20, 3)]).Watts.ShouldBe(17.5);

    private static NodeReading Reading(double? watts, PowerSource source) => new(
        Now, TimeSpan.FromSeconds(1), watts, source, TimeSpan.Zero, TimeSpan.Zero, 0, 0, Setting.Default, null);
}
