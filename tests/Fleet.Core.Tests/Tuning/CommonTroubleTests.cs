using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

/// <summary>What every node suffers at once is not held against the setting of one.</summary>
public class CommonTroubleTests
{
    private readonly ScriptedSearch _search = new();

    [Fact]
    public void AProbeAbortedWhileTheSiblingsAreInTroubleIsRepeatedAndNotLearned()
    {
        PoolBench bench = OneExplores();
        bench.Run(60, () => Probing(bench) is not null).ShouldBeTrue();
        Setting probed = bench.InForce[Probing(bench)!];
        Func<Setting, double> calm = bench.LatencyUs;
        bench.LatencyUs = _ => 5000;
        bench.Run(3, () => bench.Decisions.Any(d => d.Kind == "abort")).ShouldBeTrue();
        bench.LatencyUs = calm;
        DecisionRecord abort = bench.Decisions.Single(d => d.Kind == "abort");
        abort.Setting.ShouldBe(probed);
        abort.Reason.ShouldContain("does not count");
        int applied = Applied(bench, probed);
        bench.Run(20, () => Applied(bench, probed) > applied).ShouldBeTrue("the same setting is probed again");
        _search.Requests[^1].Observations.ShouldNotContain(o => o.PercentileUs > 1000);
    }

    [Fact]
    public void AProbeThatIsInTroubleAloneIsLearnedAsBreaking()
    {
        PoolBench bench = OneExplores();
        bench.Run(60, () => bench.Decisions.Any(d => d.Kind == "abort")).ShouldBeTrue();
        bench.Decisions.First(d => d.Kind == "abort").Setting.ShouldBe(PoolBench.Timer(800));
        bench.Run(1);
        _search.Requests[^1].Observations.ShouldContain(o => o.Censored);
    }

    [Fact]
    public void ASearchThatEndedAtTheDefaultIsTriedAgainSoon()
    {
        _search.Script = r => r.TrialsSoFar == 0 ? ScriptedSearch.Probe(PoolBench.Timer(100)) : ScriptedSearch.Settle(Setting.Default);
        var bench = new PoolBench(_search, options: o => o with { Tuner = new TunerOptions() }).WithNodes("a");
        bench.Run(60, () => _search.Requests.Count == 2).ShouldBeTrue();
        bench.Run(10);
        _search.Requests.Count.ShouldBe(2);
        bench.Run(15, () => _search.Requests.Count > 2).ShouldBeTrue("not only after the hold-off of 300 s");
        bench.Run(280);
        _search.Requests.Count.ShouldBe(6, "a calm search is tried again twice");
    }

    [Fact]
    public void AHeldSettingOutlastsABurstOnEveryNode()
    {
        PoolBench bench = Settled();
        int applied = bench.Log.OfType<ApplySetting>().Count();
        Func<Setting, double> calm = bench.LatencyUs;
        for (int i = 0; i < 12; i++)
        {
            bench.LatencyUs = _ => 5000;
            bench.Run(0.75);
            bench.LatencyUs = calm;
            bench.Run(5);
        }

        bench.Log.OfType<ApplySetting>().Count().ShouldBe(applied);
        bench.InForce.Values.ShouldAllBe(s => s.Equals(PoolBench.Timer(400)));
    }

    [Fact]
    public void ALongBurstSendsEveryNodeToTheDefaultAndBackWithoutASearch()
    {
        PoolBench bench = Settled();
        int asked = _search.Requests.Count;
        Func<Setting, double> calm = bench.LatencyUs;
        bench.LatencyUs = _ => 5000;
        bench.Run(4);
        bench.InForce.Values.ShouldAllBe(s => s.IsDefault);
        bench.LatencyUs = calm;
        bench.Run(5, () => bench.InForce.Values.All(s => s.Equals(PoolBench.Timer(400)))).ShouldBeTrue();
        bench.Run(10);
        _search.Requests.Count.ShouldBe(asked);
    }

    private static int Applied(PoolBench bench, Setting setting) =>
        bench.Log.OfType<ApplySetting>().Count(a => a.Exploring && a.Setting.Equals(setting));

    private static string? Probing(PoolBench bench) => bench.Control.View.Nodes
        .FirstOrDefault(n => n.Phase == TunerPhase.Measure && !bench.InForce[n.NodeId].IsDefault)?.NodeId;

    private PoolBench OneExplores() => new PoolBench(
        _search, options: o => o with { Planning = o.Planning with { MaxExploringShare = 0.1 } }) { Qps = 24_000 }.WithNodes("a", "b", "c");

    private PoolBench Settled()
    {
        PoolBench bench = OneExplores();
        bench.Run(240, () => bench.Control.View.Nodes.All(n => n is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }))
            .ShouldBeTrue();
        bench.InForce.Values.ShouldAllBe(s => s.Equals(PoolBench.Timer(400)));
        bench.Run(10);
        return bench;
    }
}
