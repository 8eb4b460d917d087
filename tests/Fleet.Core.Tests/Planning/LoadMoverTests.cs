using Fleet.Core.Control;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Planning;

public class LoadMoverTests
{
    [Fact]
    public void AChangedWeightMovesLoadOnlyAfterTheNodeThatGetsMoreIsReady()
    {
        PoolBench bench = Settled();
        int before = bench.Log.Count;
        bench.Ask(s => s with { Nodes = [.. s.Nodes.Select(n => n.NodeId == "a" ? n with { Weight = 300 } : n)] });
        bench.Run(20, () => bench.Routes!.Nodes.Any(n => n.Weight == 300)).ShouldBeTrue();
        List<PoolCommand> log = bench.Log[before..];
        int prepared = log.FindIndex(c => c is ApplySetting { NodeId: "a", Setting.IsDefault: true });
        int shifted = log.FindIndex(c => c is SetRoutes);
        prepared.ShouldBeGreaterThan(-1, "no setting is proven at the coming load, so the default");
        prepared.ShouldBeLessThan(shifted);
        bench.Run(5);
        bench.Control.View.ChangeInProgress.ShouldBeNull();
    }

    [Fact]
    public void AHostThatDoesNotAnswerDoesNotBlockAChangeOfWeights()
    {
        PoolBench bench = Settled();
        bench.Answer = _ => null;
        bench.Ask(s => s with { Nodes = [.. s.Nodes.Select(n => n.NodeId == "a" ? n with { Weight = 300 } : n)] });
        bench.Run(20, () => bench.Routes!.Nodes.Any(n => n.Weight == 300)).ShouldBeTrue();
    }

    [Fact]
    public void ADeadServerLosesItsLoadAtOnceAndTheOthersAreReadied()
    {
        PoolBench bench = Settled();
        int before = bench.Log.Count;
        bench.Raise(new HealthChanged("c", false));
        bench.Step();
        bench.Routes!.Nodes.Single(n => n.NodeId == "a").Weight.ShouldBe(100);
        bench.Routes.Nodes.ShouldNotContain(n => n.NodeId == "c" && n.Weight > 0);
        ApplySetting[] readied = [.. bench.Log[before..].OfType<ApplySetting>()];
        readied.Select(a => a.NodeId).Distinct().Order().ShouldBe(["a", "b"]);
        readied.ShouldAllBe(a => a.Setting.IsDefault, "nothing is proven at the load that they carry now, and there is no time to prove it");
        bench.Raise(new HealthChanged("c", true));
        bench.Run(60, () => bench.Routes!.Nodes.Any(n => n is { NodeId: "c", Weight: 100 })).ShouldBeTrue();
    }

    [Fact]
    public void ThoseWhoTakeADeadServersLoadKeepASettingThatIsProvenForIt()
    {
        PoolBench bench = Settled();
        bench.Qps = 42_000;
        bench.Run(60);
        bench.Control.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold && !n.SettledSetting.IsDefault, "settled at 14,000 requests/s each");
        bench.Qps = 24_000;
        bench.Run(60);
        bench.Control.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold && n.RequestsPerSecond < 8500);
        int before = bench.Log.Count;
        bench.Raise(new HealthChanged("c", false));
        bench.Run(10);
        bench.Routes!.Nodes.ShouldNotContain(n => n.NodeId == "c" && n.Weight > 0);
        bench.Log[before..].OfType<ApplySetting>().ShouldNotContain(a => a.NodeId != "c" && a.Setting.IsDefault);
        (bench.InForce["a"].IsDefault, bench.InForce["b"].IsDefault).ShouldBe((false, false));
    }

    [Fact]
    public void ALoadThatReturnsIsServedWithoutTrials()
    {
        PoolBench bench = Settled();
        int Probes() => bench.Decisions.Count(d => d.Kind == "probe");
        bench.Qps = 42_000;
        bench.Run(60);
        bench.Qps = 24_000;
        bench.Run(60);
        int known = Probes();
        known.ShouldBeGreaterThan(0);
        foreach (double qps in (double[])[42_000, 24_000, 42_000])
        {
            bench.Qps = qps;
            bench.Run(60);
            bench.Control.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold && !n.Setting.IsDefault);
        }

        Probes().ShouldBe(known, "both loads are known");
    }

    [Fact]
    public void ASettledSettingIsHandedOnWithoutFurtherSearches()
    {
        var search = new ScriptedSearch
        {
            Script = r => r.TrialsSoFar < 4
                ? ScriptedSearch.Probe(r.Space[r.TrialsSoFar])
                : ScriptedSearch.Settle(PoolBench.Timer(400)),
        };
        var bench = new PoolBench(search, options: o => o with
        {
            Planning = o.Planning with { MaxExploringShare = 0.01, RolloutBake = TimeSpan.FromSeconds(1) },
        }) { Qps = 32_000 }.WithNodes("a", "b", "c", "d");
        bench.Run(240, () => bench.Control.View.Nodes.All(n => !n.SettledSetting.IsDefault)).ShouldBeTrue();
        bench.Decisions.Count(d => d.Kind == "jump" && d.Reason.StartsWith("settled by its class", StringComparison.Ordinal))
            .ShouldBeGreaterThanOrEqualTo(2);
        bench.Decisions.Where(d => d.Kind == "measured").Select(d => d.NodeId).Distinct().Count().ShouldBeLessThanOrEqualTo(2);
    }

    private static PoolBench Settled()
    {
        var bench = new PoolBench(new ScriptedSearch()) { Qps = 24_000 }.WithNodes("a", "b", "c");
        bench.Run(180, () => bench.Control.View.Nodes.All(n => n is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false })).ShouldBeTrue();
        bench.Run(3);
        return bench;
    }
}
