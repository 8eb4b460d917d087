using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Planning;

/// <summary>Whether a plan for mixed classes is worth its move.</summary>
public class PresentSplitTests
{
    private static readonly PlannedNode Small = new(q => 40 + (q / 1000), 20_000, 10);
    private static readonly PlannedNode Large = new(q => 60 + (q / 2000), 60_000, 15);

    [Fact]
    public void APlanMustSaveMoreThanItsMoveCosts()
    {
        // Spread evenly: 2 · 45 + 62.5 = 152.5 W; without the small ones 80 W at most, by moving 10,000 requests/s.
        PresentSplit present = Of(100, 100, 100, 15_000);
        var plan = new LoadPlan([0, 0, 15_000], 87.5, 0, false);
        present.Watts.ShouldBe(152.5, 1e-9);
        present.MovedQps(plan).ShouldBe(10_000, 1e-9);
        var options = new PlanningOptions { LeastSaving = 0.02 };
        present.IsWorth(plan, 0, options).ShouldBeTrue();
        present.IsWorth(plan, 61, options).ShouldBeTrue();
        present.IsWorth(plan, 63, options).ShouldBeFalse();
    }

    [Fact]
    public void WhatMustNotStayIsMendedWhateverItCosts()
    {
        PresentSplit overfull = Of(100, 0, 0, 30_000);
        overfull.IsOverfull.ShouldBeTrue();
        overfull.IsWorth(new LoadPlan([0, 0, 30_000], 1000, 0, false), 1000, new PlanningOptions()).ShouldBeTrue();

        PresentSplit bare = Of(0, 0, 100, 30_000);
        bare.HasHeadroom.ShouldBeFalse();
        var spare = new LoadPlan([10_000, 10_000, 10_000], 1000, 0, true);
        bare.IsWorth(spare, 1000, new PlanningOptions()).ShouldBeTrue();
        bare.IsWorth(spare, 1000, new PlanningOptions { Headroom = false }).ShouldBeFalse();
    }

    private static PresentSplit Of(int first, int second, int third, double qps)
    {
        int[] weights = [first, second, third];
        return new PresentSplit(
            [.. weights.Select((w, i) => new PoolNode(new NodeSpec($"n{i}", $"n{i}:1", true, 100), new TunerOptions()) { Weight = w })],
            [Small, Small, Large],
            qps);
    }
}
