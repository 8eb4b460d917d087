using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class ClassKnowledgeTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly ClassKnowledge _knowledge = new(new TunerOptions());

    [Fact]
    public void TheCheapestProvenSettingAtTheLoadOrAboveIsChosen()
    {
        Add(PoolBench.Timer(100), 10_000, 9, 150, 2);
        Add(PoolBench.Timer(200), 10_000, 8, 250, 2);
        Add(PoolBench.Timer(400), 5_000, 7, 440, 2);
        _knowledge.Proven(9_000, 500, _ => false).ShouldBe(PoolBench.Timer(200));
        _knowledge.Proven(9_000, 200, _ => false).ShouldBe(PoolBench.Timer(100));
        _knowledge.Proven(4_000, 500, _ => false).ShouldBe(PoolBench.Timer(400));
        _knowledge.Proven(12_000, 500, _ => false).ShouldBeNull();
        _knowledge.Proven(9_000, 500, s => s.Equals(PoolBench.Timer(200))).ShouldBe(PoolBench.Timer(100));
    }

    [Fact]
    public void OneLuckyWindowAtTheLimitProvesNothing()
    {
        Add(PoolBench.Timer(400), 8000, 7, 470, 1);
        _knowledge.IsProven(PoolBench.Timer(400), 8000, 500).ShouldBeFalse();
        Add(PoolBench.Timer(400), 8000, 7, 470, 2);
        _knowledge.IsProven(PoolBench.Timer(400), 8000, 500).ShouldBeTrue();
    }

    [Fact]
    public void WindowsThatSayLittleProveNothingBelowTheSlaEither()
    {
        for (int i = 0; i < 2; i++)
        {
            _knowledge.Add(Observation(PoolBench.Timer(400), 8000, 7, 440) with { PercentileSd = 0.2 });
        }

        _knowledge.IsProven(PoolBench.Timer(400), 8000, 500).ShouldBeFalse();
    }

    [Fact]
    public void ASearchIsGivenTheNearestLoadsAndOfThemTheYoungest()
    {
        var knowledge = new ClassKnowledge(new TunerOptions { MaxObservations = 3 });
        foreach ((int timer, double qps) in new[] { (1, 8000.0), (2, 8000), (3, 8000), (4, 20_000), (5, 8000) })
        {
            knowledge.Add(Observation(PoolBench.Timer(timer), qps, 7, 300));
        }

        knowledge.For(8000).Select(o => o.Setting).ShouldBe([PoolBench.Timer(2), PoolBench.Timer(3), PoolBench.Timer(5)], ignoreOrder: true);
        knowledge.For(20_000).ShouldContain(o => o.Setting.Equals(PoolBench.Timer(4)));
    }

    [Fact]
    public void ACensoredWindowDisproves()
    {
        Add(PoolBench.Timer(400), 8000, 7, 300, 2);
        _knowledge.Add(Observation(PoolBench.Timer(400), 8000, 7, 520) with { Censored = true });
        _knowledge.IsProven(PoolBench.Timer(400), 8000, 500).ShouldBeFalse();
    }

    [Fact]
    public void RepeatsOfOneCellAreBounded()
    {
        Add(PoolBench.Timer(400), 8000, 7, 300, 50);
        Add(PoolBench.Timer(400), 16_000, 7, 300, 50);
        _knowledge.Observations.Count.ShouldBe(12);
    }

    [Fact]
    public void TheWindowsOfOneHeldSettingOfManyNodesPushNothingElseOut()
    {
        Add(PoolBench.Timer(100), 8000, 8, 250, 2);
        for (int i = 0; i < 5000; i++)
        {
            _knowledge.Add(Observation(PoolBench.Timer(400), 8000, 7, 300) with { NodeId = $"n{i % 100}" });
        }

        _knowledge.Observations.Count.ShouldBe(26);
        _knowledge.IsProven(PoolBench.Timer(100), 8000, 500).ShouldBeTrue();
        _knowledge.Observations[^1].NodeId.ShouldBe("n99", "the youngest stay");
    }

    [Fact]
    public void OneBreakingWindowAloneIsDoubtedAndWhatTwoSayStands()
    {
        Add(PoolBench.Timer(100), 8000, 7, 900, 1);
        Add(PoolBench.Timer(200), 8000, 7, 900, 2);
        Add(PoolBench.Timer(300), 8000, 7, 400, 1);
        Add(PoolBench.Timer(400), 80_000, 7, 900, 1);
        _knowledge.Doubt(8000, 500);
        _knowledge.Observations.Where(o => !o.SpeaksOfLatency).Select(o => o.Setting).ShouldBe([PoolBench.Timer(100)]);
        _knowledge.IsKnownToBreak(PoolBench.Timer(100), 8000, 500).ShouldBeFalse();
        _knowledge.IsKnownToBreak(PoolBench.Timer(200), 8000, 500).ShouldBeTrue();
    }

    [Fact]
    public void WhatIsForgottenProvesNothing()
    {
        Add(PoolBench.Timer(100), 8000, 8, 250, 2);
        _knowledge.ForgetAround(8000, Start.AddSeconds(1));
        _knowledge.Observations.ShouldBeEmpty();
        _knowledge.IsProven(PoolBench.Timer(100), 8000, 500).ShouldBeFalse();
    }

    private void Add(Setting setting, double qps, double watts, double percentileUs, int times)
    {
        for (int i = 0; i < times; i++)
        {
            _knowledge.Add(Observation(setting, qps, watts, percentileUs));
        }
    }

    private static Observation Observation(Setting setting, double qps, double watts, double percentileUs) =>
        new("n", setting, qps, watts, 0.01, percentileUs, 0.01, Start);
}
