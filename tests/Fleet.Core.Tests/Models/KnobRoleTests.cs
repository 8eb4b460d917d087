using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Tests.Models;

public class KnobRoleTests
{
    [Theory]
    [InlineData("timer_us", new long[] { 50, 100, 200 })]
    [InlineData("timer_us", new long[] { 0, 50, 100, 200 })]
    [InlineData("gro_flush_nsecs", new long[] { 0, 1000, 2000, 4000 })]
    public void ThreePositiveTimesAreADelayToTune(string name, long[] values) => Of(name, values, KnobScale.Log).ShouldBe(KnobRole.Delay);

    [Theory]
    [InlineData("timer_us", new long[] { 50, 100 }, KnobScale.Log)]
    [InlineData("timer_us", new long[] { 0, 50, 100 }, KnobScale.Log)]
    [InlineData("timer_us", new long[] { 50, 100, 200 }, KnobScale.Linear)]
    [InlineData("budget", new long[] { 50, 100, 200 }, KnobScale.Log)]
    [InlineData("cpu_mhz", new long[] { 1300, 1500, 1700 }, KnobScale.Log)]
    public void OfASwitchOrANameThatSaysNothingNothingIsKnown(string name, long[] values, KnobScale scale) =>
        Of(name, values, scale).ShouldBe(KnobRole.Other);

    [Fact]
    public void TwoFrequenciesAreAClock() => Of("cpu_mhz", [1300, 2900], KnobScale.Linear).ShouldBe(KnobRole.Clock);

    private static KnobRole Of(string name, long[] values, KnobScale scale) => KnobRoles.Of(new Knob(name, [.. values], scale));
}
