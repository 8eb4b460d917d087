using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class TunerPhaseTests
{
    private readonly ScriptedSearch _search = new();

    [Fact]
    public void TheStatusQuoIsMeasuredFirstThenEverySettingOnceThenTheCheapestProvenIsHeld()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        bench.Run(60, () => bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }).ShouldBeTrue();
        bench.Node("a").SettledSetting.ShouldBe(PoolBench.Timer(400));
        bench.InForce["a"].ShouldBe(PoolBench.Timer(400));
        _search.Requests[0].Observations.Single().Setting.ShouldBe(Setting.Default);
        bench.Decisions.Where(d => d.Kind == "probe").Select(d => d.Setting["timer_us"]).ShouldBe([50L, 100L, 200L, 400L, 800L]);
        bench.Decisions.First().Kind.ShouldBe("default");
        bench.Node("a").DefaultPowerWatts.ShouldNotBeNull().ShouldBe(10, 0.01);
        bench.Node("a").Trials.ShouldBe(5);
    }

    [Fact]
    public void ASettingThatBreaksThePromiseIsLeftWithinTwoSlicesAndRememberedAsCensored()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        int bad = 0;
        bench.Run(60, () =>
        {
            bad += bench.InForce["a"].Equals(PoolBench.Timer(800)) ? 1 : 0;
            return bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false };
        }).ShouldBeTrue();
        bad.ShouldBeLessThanOrEqualTo(5, "two slices of settling, one or two of evidence, one to order the way back");
        bench.Decisions.ShouldContain(d => d.Kind == "abort" && d.Setting.Equals(PoolBench.Timer(800)));
        _search.Requests[^1].Observations.ShouldContain(o => o.Setting.Equals(PoolBench.Timer(800)) && o.Censored && o.PercentileUs > 500);
    }

    [Fact]
    public void ASliceOfTheSettlingTimeThatComesLateIsNotMeasured()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        Setting probed = PoolBench.Timer(400);
        bench.Run(60, () => bench.Node("a").Phase == TunerPhase.Measure && bench.InForce["a"].Equals(probed)).ShouldBeTrue();
        bench.Raise(new SliceArrived("a", PoolBench.TrafficOf(bench.Now - PoolBench.Slice, 2000, 5000)));
        bench.Run(5, () => bench.Decisions.Any(d => d.Kind == "measured" && d.Setting.Equals(probed))).ShouldBeTrue();
        bench.Decisions.Last(d => d.Kind == "measured").MeasuredPercentileUs!.Value.ShouldBe(bench.LatencyUs(probed), 10);
    }

    [Fact]
    public void AProbeThatStallsAfterAGoodStartIsRememberedAsOverTheSla()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        Setting probed = PoolBench.Timer(400);
        bench.Run(60, () => bench.Node("a").Phase == TunerPhase.Measure && bench.InForce["a"].Equals(probed)).ShouldBeTrue();
        bench.Run(1.5);
        (double qps, Func<Setting, double> calm) = (bench.Qps, bench.LatencyUs);

        // A stalled server answers few requests and all of them late: under one in a hundred of the window, whose p99 stays good.
        (bench.Qps, bench.LatencyUs) = (320, _ => 5000);
        bench.Step();
        (bench.Qps, bench.LatencyUs) = (qps, calm);
        bench.Decisions.Single(d => d.Kind == "abort").MeasuredPercentileUs!.Value.ShouldBeLessThan(500);
        bench.Run(3);
        _search.Requests[^1].Observations.Single(o => o.Setting.Equals(probed) && o.Censored).PercentileUs.ShouldBeGreaterThan(500);
    }

    [Fact]
    public void EveryPhaseLeavesWhenTheAgentNeverAnswers()
    {
        var bench = new PoolBench(_search) { Answer = _ => null }.WithNodes("a");
        LongestStay(bench, 120, TunerPhase.Hold).ShouldBeLessThan(20);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
        bench.Node("a").Reason.ShouldContain("agent");
        bench.Log.OfType<ApplySetting>().ShouldAllBe(c => c.Setting.IsDefault);
    }

    [Fact]
    public void EveryPhaseLeavesWhenProbesAreRefused()
    {
        var bench = new PoolBench(_search)
        {
            Answer = a => a.Setting.IsDefault
                ? new SettingApplied(a.NodeId, a.CommandId, a.Setting)
                : new ApplyFailed(a.NodeId, a.CommandId, "EINVAL"),
        }.WithNodes("a");
        LongestStay(bench, 120, TunerPhase.Hold).ShouldBeLessThan(20);
        bench.Node("a").SettledSetting.ShouldBe(Setting.Default);
        _search.Requests[^1].Excluded.Length.ShouldBe(5);
    }

    [Fact]
    public void EveryPhaseLeavesWhenTelemetryOrPowerStops()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        bench.Run(60, () => bench.Node("a").Phase == TunerPhase.Measure).ShouldBeTrue();
        bench.Watts = _ => double.NaN;
        LongestStay(bench, 60, TunerPhase.Hold).ShouldBeLessThan(20);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
        bench.Node("a").Reason.ShouldContain("power");
        bench.Node("a").PowerWatts.ShouldBeNull();
    }

    [Fact]
    public void ASilentlyClampedSettingCountsAsWhatWasReadBack()
    {
        var bench = new PoolBench(_search)
        {
            Answer = a => new SettingApplied(
                a.NodeId, a.CommandId, a.Setting.IsDefault || a.Setting["timer_us"] <= 200 ? a.Setting : PoolBench.Timer(200)),
        }.WithNodes("a");
        bench.Run(60, () => bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }).ShouldBeTrue();
        bench.Node("a").SettledSetting.ShouldBe(PoolBench.Timer(200));
        _search.Requests[^1].Observations.ShouldAllBe(o => o.Setting.IsDefault || o.Setting["timer_us"] <= 200);
    }

    [Fact]
    public void ALoadTooSmallToMeasureStaysAtTheDefaultAndSaysWhy()
    {
        var bench = new PoolBench(_search) { Qps = 40 }.WithNodes("a");
        bench.Run(60);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
        bench.InForce["a"].ShouldBe(Setting.Default);
        bench.Node("a").Reason.ShouldContain("too little load");
        _search.Requests.ShouldBeEmpty();
    }

    [Fact]
    public void AnIllegalProposalIsNeverApplied()
    {
        _search.Script = _ => ScriptedSearch.Probe(PoolBench.Timer(123));
        var bench = new PoolBench(_search).WithNodes("a");
        bench.Run(60);
        bench.Log.OfType<ApplySetting>().ShouldAllBe(c => PoolBench.Space.Contains(c.Setting));
        bench.Decisions.ShouldContain(d => d.Reason.Contains("not a legal setting", StringComparison.Ordinal));
    }

    [Fact]
    public void ASearchThatNeverEndsIsEnded()
    {
        _search.Script = r => ScriptedSearch.Probe(PoolBench.Timer(100));
        var bench = new PoolBench(_search).WithNodes("a");
        bench.Run(120, () => bench.Decisions.Any(d => d.Reason.Contains("beyond the trial budget", StringComparison.Ordinal)))
            .ShouldBeTrue();
        bench.Run(2);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
    }

    [Fact]
    public void TheFirstStepOfASearchAsksForAFreshModelAndTheOthersDoNot()
    {
        var bench = new PoolBench(_search).WithNodes("a");
        bench.Run(60, () => bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }).ShouldBeTrue();
        _search.Requests.Select(r => r.Afresh).ShouldBe(_search.Requests.Select(r => r.TrialsSoFar == 0));
        _search.Requests[^1].Afresh.ShouldBeFalse();
    }

    [Fact]
    public void AMembershipChangeDoesNotTurnASettingThatSettlesIntoAProbe()
    {
        // Every search ends at the default after one probe, so the default is applied and settles before it is held.
        _search.Script = r => r.TrialsSoFar == 0 ? ScriptedSearch.Probe(PoolBench.Timer(100)) : ScriptedSearch.Settle(Setting.Default);
        var bench = new PoolBench(_search).WithNodes("a", "b");
        bench.Run(60, () => bench.Node("a").Phase == TunerPhase.Settle && bench.Node("a").Trials == 1).ShouldBeTrue();
        bench.WithNodes("a");
        bench.Run(2, () => bench.Node("a").Phase != TunerPhase.Settle).ShouldBeTrue();
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
    }

    /// <summary>Longest time in seconds that the node stays in one phase other than the exempt one.</summary>
    private static double LongestStay(PoolBench bench, double seconds, TunerPhase exempt)
    {
        double longest = 0;
        double stay = 0;
        TunerPhase? last = null;
        bench.Run(seconds, () =>
        {
            TunerPhase phase = bench.Node("a").Phase;
            stay = phase == last && phase != exempt ? stay + PoolBench.Slice.TotalSeconds : 0;
            longest = Math.Max(longest, stay);
            last = phase;
            return false;
        });
        return longest;
    }
}
