using Fleet.Core.Models;

namespace Fleet.Core.Tests.Models;

public class ModelMemoryTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ModelMemory _memory = new();

    [Fact]
    public void TheOnlyFitIsRecalledAndOfSeveralTheYoungest()
    {
        Keep(60, 9, Start, 1);
        Recall(60, 9, Start).ShouldBe(1);
        Keep(60, 9, Start.AddSeconds(1), 2);
        Recall(60, 9, Start.AddSeconds(1)).ShouldBe(2);
    }

    [Theory]
    [InlineData(60, 9.19, 0, true)]
    [InlineData(60, 9.21, 0, false)]
    [InlineData(75, 9, 0, true)]
    [InlineData(76, 9, 0, false)]
    [InlineData(48, 9, 0, true)]
    [InlineData(47, 9, 0, false)]
    [InlineData(60, 9, 600, true)]
    [InlineData(60, 9, 601, false)]
    public void AFitServesAboutAsManyRowsAtAboutItsLoadForTenMinutes(int rows, double logLoad, int seconds, bool serves)
    {
        Keep(60, 9, Start, 1);
        Recall(rows, logLoad, Start.AddSeconds(seconds)).HasValue.ShouldBe(serves);
    }

    [Fact]
    public void WhetherASearchIsWorthItIsDecidedWithParametersOfTheLastMinute()
    {
        Keep(60, 9, Start, 1);
        _memory.Recall(60, 9, Start.AddSeconds(60), afresh: true).ShouldNotBeNull();
        _memory.Recall(60, 9, Start.AddSeconds(61), afresh: true).ShouldBeNull();
    }

    [Fact]
    public void FitsOfFewRowsAreNotKept()
    {
        Keep(39, 9, Start, 1);
        Recall(40, 9, Start).ShouldBeNull();
        Keep(40, 9, Start, 2);
        Recall(40, 9, Start).ShouldBe(2);
        Recall(39, 9, Start).ShouldBeNull();
    }

    private void Keep(int rows, double logLoad, DateTimeOffset at, double mark) => _memory.Keep(rows, logLoad, at, [mark], [-mark]);

    private double? Recall(int rows, double logLoad, DateTimeOffset at) => _memory.Recall(rows, logLoad, at)?.Watts[0];
}
