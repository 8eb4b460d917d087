using Fleet.Core.Planning;

namespace Fleet.Core.Tests.Planning;

public class MoveCostTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void BeforeTheFirstMoveTheGuessStands()
    {
        var cost = new MoveCost(new PlanningOptions());
        cost.IsMeasured.ShouldBeFalse();
        cost.MissesPerMovedQps.ShouldBe(60 * 0.1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(25)]
    public void TheMissesAboveTheUsualOnesAfterAMoveAreItsCost(double missesPerMovedQps)
    {
        // 1,000 reads a second, 5 % of which miss; a move of 200 requests/s costs so many misses within a minute.
        var cost = new MoveCost(new PlanningOptions());
        DateTimeOffset now = Start;
        for (int i = 0; i < 300; i++)
        {
            cost.Add(now += TimeSpan.FromSeconds(1), 1, 950, 50);
        }

        cost.Moved(now, 200);
        int extra = (int)(missesPerMovedQps * 200 / 60);
        for (int i = 0; i < 61; i++)
        {
            cost.Add(now += TimeSpan.FromSeconds(1), 1, 950 - extra, 50 + extra);
        }

        cost.IsMeasured.ShouldBeTrue();
        cost.MissesPerMovedQps.ShouldBe(missesPerMovedQps, Math.Max(missesPerMovedQps * 0.2, 0.05));
        cost.Watts(100).ShouldBe(100 * cost.MissesPerMovedQps * 0.01 / 300, 1e-9);
    }

    [Fact]
    public void DearMovesKeepAKeyedPoolSpreadAndCheapOnesDoNot()
    {
        // The saving of parking a node is 20 W; what a move costs decides.
        var cheap = new MoveCost(new PlanningOptions { JoulesPerMiss = 0.0001 });
        var dear = new MoveCost(new PlanningOptions { JoulesPerMiss = 10 });
        cheap.Watts(5000).ShouldBeLessThan(1);
        dear.Watts(5000).ShouldBeGreaterThan(20);
    }
}
