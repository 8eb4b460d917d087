using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Tests.Models;

public class InputSpaceTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(100, 2)]
    [InlineData(5, 0)]
    [InlineData(6, 1)]
    [InlineData(40, 1)]
    [InlineData(60, 2)]
    [InlineData(1000, 2)]
    [InlineData(-7, 0)]
    public void AValueThatIsNotLegalHereCountsAsTheNearestThatIs(long value, int index)
    {
        var space = new InputSpace(new KnobSpace([new Knob("timer_us", [0, 10, 100], KnobScale.Linear)]));
        space.IndicesOf(new Setting(new Dictionary<string, long> { ["timer_us"] = value })).ShouldBe([index]);
    }

    [Theory]
    [InlineData(new long[] { 50, 100, 200 }, KnobScale.Log, new[] { 0, 1 })]
    [InlineData(new long[] { 0, 100, 200 }, KnobScale.Log, new[] { 0, 1, 2 })]
    [InlineData(new long[] { 0, 200 }, KnobScale.Log, new[] { 0, 1 })]
    [InlineData(new long[] { 0, 1, 2 }, KnobScale.Enum, new[] { 0, 0, 0, 1 })]
    public void NamesShareALengthScaleAndOffHasOneOfItsOwnUnlessTheKnobIsASwitch(long[] values, KnobScale scale, int[] groups)
    {
        var space = new InputSpace(new KnobSpace([new Knob("timer_us", [.. values], scale)]));
        space.Groups.ToArray().ShouldBe(groups, "the last is the default's");
    }
}
