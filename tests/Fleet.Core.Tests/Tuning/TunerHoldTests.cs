using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class TunerHoldTests
{
    private readonly ScriptedSearch _search = new();

    [Fact]
    public void TheGuardLeavesAHeldSettingThatTurnsBadWithinTwoSlices()
    {
        PoolBench bench = Settled();
        bench.LatencyUs = s => s.IsDefault ? 60 : 40 + (2 * s["timer_us"]);
        int bad = 0;
        bench.Run(10, () => bench.InForce["a"].Equals(PoolBench.Timer(400)) && ++bad > 3).ShouldBeFalse("the guard came too late");
        bench.Decisions.ShouldContain(d => d.Kind == "revert" && d.Trigger == "guard");
        bench.Run(60, () => bench.Node("a").SettledSetting.Equals(PoolBench.Timer(200)))
            .ShouldBeTrue("the next best setting that keeps the SLA");
    }

    [Fact]
    public void EveryHeldWindowOfACalmNodeCounts()
    {
        PoolBench bench = Settled();
        bench.Run(40);
        bench.Node("a").Reason.ShouldContain("20 of the last 20 windows met the SLA");
    }

    [Fact]
    public void OneNoisySliceMovesNothing()
    {
        PoolBench bench = Settled();
        int applied = bench.Log.OfType<ApplySetting>().Count();
        Func<Setting, double> calm = bench.LatencyUs;
        for (int i = 0; i < 10; i++)
        {
            bench.LatencyUs = _ => 5000;
            bench.Step();
            bench.LatencyUs = calm;
            bench.Run(3);
        }

        bench.Log.OfType<ApplySetting>().Count().ShouldBe(applied);
        bench.Node("a").SettledSetting.ShouldBe(PoolBench.Timer(400));
    }

    [Fact]
    public void TroubleOfEveryNodeQuarantinesNothing()
    {
        PoolBench bench = Settled("a", "b");
        Func<Setting, double> calm = bench.LatencyUs;
        bench.LatencyUs = _ => 5000;
        bench.Run(1);
        bench.LatencyUs = calm;
        bench.Run(20, () => bench.InForce.Values.All(s => s.Equals(PoolBench.Timer(400)))).ShouldBeTrue();
        _search.Requests[^1].Excluded.ShouldBeEmpty();
    }

    [Fact]
    public void MoreLoadFirstGetsASettingProvenForItOrTheDefaultThenASearch()
    {
        PoolBench bench = Settled();
        bench.Qps *= 1.5;
        bench.Run(3, () => bench.InForce["a"].IsDefault).ShouldBeTrue("nothing is proven at the higher load");
        bench.Decisions.ShouldContain(d => d.Trigger == "load-band");
        bench.Run(1, () => _search.Requests[^1].Qps > 9000).ShouldBeTrue();
    }

    [Fact]
    public void LessLoadKeepsTheSettingAndSearchesAtLeisure()
    {
        PoolBench bench = Settled("a");
        bench.Qps /= 2;
        int asked = _search.Requests.Count;
        bench.Run(250);
        bench.InForce["a"].ShouldBe(PoolBench.Timer(400));
        _search.Requests.Count.ShouldBe(asked);
        bench.Run(120, () => _search.Requests.Count > asked).ShouldBeTrue();
    }

    [Fact]
    public void ATighterSlaLeavesAKnownBreakerAtOnceAndLosesNoObservation()
    {
        PoolBench bench = Settled();
        int known = _search.Requests[^1].Observations.Length;
        bench.Ask(s => s with { Sla = new Sla(99, 200) });
        bench.Run(0.75, () => !bench.InForce["a"].Equals(PoolBench.Timer(400))).ShouldBeTrue();
        bench.Run(30, () => bench.Node("a") is { Phase: TunerPhase.Hold } n && n.SettledSetting.Equals(PoolBench.Timer(100)))
            .ShouldBeTrue();
        _search.Requests[^1].Observations.Length.ShouldBeGreaterThanOrEqualTo(known);
        _search.Requests[^1].SlaUs.ShouldBe(200);
    }

    [Fact]
    public void AWiderSlaSearchesOnceMore()
    {
        PoolBench bench = Settled();
        bench.Ask(s => s with { Sla = new Sla(99, 1000) });
        bench.Run(30, () => bench.Node("a") is { Phase: TunerPhase.Hold } n && n.SettledSetting.Equals(PoolBench.Timer(800)))
            .ShouldBeTrue();
    }

    [Fact]
    public void ObserveRestoresTheDefaultAndActiveReturnsWithoutASearch()
    {
        PoolBench bench = Settled();
        int asked = _search.Requests.Count;
        bench.Ask(s => s with { Mode = ControlMode.Observe });
        bench.Run(1, () => bench.InForce["a"].IsDefault).ShouldBeTrue();
        bench.Run(5);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Observe);
        bench.Ask(s => s with { Mode = ControlMode.Active });
        bench.Run(1, () => bench.InForce["a"].Equals(PoolBench.Timer(400))).ShouldBeTrue();
        bench.Run(3);
        bench.Node("a").Phase.ShouldBe(TunerPhase.Hold);
        _search.Requests.Count.ShouldBe(asked);
    }

    [Fact]
    public void RecommendDecidesAndAppliesNothing()
    {
        var bench = new PoolBench(_search).Ask(s => s with { Mode = ControlMode.Recommend }).WithNodes("a");
        bench.Run(30);
        bench.Decisions.ShouldContain(d => d.Kind == "recommend");
        bench.Log.OfType<ApplySetting>().ShouldAllBe(c => c.Setting.IsDefault);
        bench.Node("a").Reason.ShouldContain("recommends");
    }

    [Fact]
    public void CanaryTunesOneNode()
    {
        var bench = new PoolBench(_search).Ask(s => s with { Mode = ControlMode.Canary }).WithNodes("a", "b", "c");
        bench.Run(60);
        bench.Node("a").SettledSetting.IsDefault.ShouldBeFalse();
        bench.Log.OfType<ApplySetting>().Where(c => c.NodeId != "a").ShouldAllBe(c => c.Setting.IsDefault);
    }

    [Fact]
    public void AnAgentThatReturnsGetsItsSettledSettingBack()
    {
        PoolBench bench = Settled();
        bench.Raise(new AgentLost("a", "connection reset"));
        bench.Run(5);
        bench.Node("a").Membership.ShouldBe("lost");
        bench.Node("a").Weight.ShouldBe(100);
        bench.InForce["a"] = Setting.Default;
        bench.Raise(new AgentConnected("a", "class", PoolBench.Space));
        bench.Run(5, () => bench.InForce["a"].Equals(PoolBench.Timer(400))).ShouldBeTrue();
    }

    [Fact]
    public void AHostThatFellBackToItsDefaultGetsTheSettingAgain()
    {
        PoolBench bench = Settled();
        bench.InForce["a"] = Setting.Default;
        bench.Run(3, () => bench.InForce["a"].Equals(PoolBench.Timer(400))).ShouldBeTrue();
    }

    [Fact]
    public void ASuccessorHoldsTheSettledSettingWithoutASearch()
    {
        PoolBench bench = Settled();
        var search = new ScriptedSearch();
        var successor = new PoolBench(search, bench.Control.Save()).WithNodes("a");
        successor.Run(10, () => successor.InForce["a"].Equals(PoolBench.Timer(400))).ShouldBeTrue();
        successor.Run(5);
        search.Requests.ShouldBeEmpty();
        successor.Routes!.Revision.ShouldBeGreaterThan(bench.Routes!.Revision);
    }

    private PoolBench Settled(params string[] ids)
    {
        var bench = new PoolBench(_search) { Qps = 8000 * Math.Max(ids.Length, 1) }.WithNodes(ids.Length == 0 ? ["a"] : ids);
        bench.Run(120, () => bench.Control.View.Nodes.All(n => n is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }))
            .ShouldBeTrue();
        bench.InForce.Values.ShouldAllBe(s => s.Equals(PoolBench.Timer(400)));
        bench.Run(10);
        return bench;
    }
}
