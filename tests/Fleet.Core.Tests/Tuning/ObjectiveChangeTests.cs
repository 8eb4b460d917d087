using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Tuning;

public class ObjectiveChangeTests
{
    private readonly ScriptedSearch _search = new();

    [Fact]
    public void ThePoolsObjectiveReachesTheSearch()
    {
        var objective = new Objective(Objective.LeastLatencyUnderCap, 8);
        PoolBench bench = new PoolBench(_search).Ask(s => s with { Objective = objective }).WithNodes("a");
        bench.Run(60, () => _search.Requests.Count > 2).ShouldBeTrue();
        _search.Requests.ShouldAllBe(r => r.Objective == objective);
        _search.Requests[0].InForce.ShouldBe(Setting.Default);
        _search.Requests[1].InForce.ShouldBe(_search.Requests[1].Observations[^1].Setting, "what was measured last is still in force");
    }

    [Fact]
    public void AChangedObjectiveStartsASearchAndWhatIsHeldStaysMeanwhile()
    {
        PoolBench bench = new PoolBench(_search).WithNodes("a");
        bench.Run(120, () => bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }).ShouldBeTrue();
        int before = _search.Requests.Count;
        bench.Ask(s => s with { Objective = new Objective(Objective.LeastJoulesPerRequest) });
        bench.Step();
        bench.InForce["a"].IsDefault.ShouldBeFalse();
        bench.Run(30, () => _search.Requests.Count > before).ShouldBeTrue();
        bench.Run(60, () => bench.Decisions.Any(d => d.Trigger == "objective")).ShouldBeTrue();
    }

    [Fact]
    public void PowerOverTheCapTwiceInARowIsNoticed()
    {
        var watch = new CapWatch();
        var cap = new Objective(Objective.LeastLatencyUnderCap, 50);
        watch.IsOver(Window(60), cap).ShouldBeFalse("once may be a glitch");
        watch.IsOver(Window(49), cap).ShouldBeFalse();
        watch.IsOver(Window(60), cap).ShouldBeFalse();
        watch.IsOver(Window(60), cap).ShouldBeTrue();
        watch.IsOver(Window(50.2), cap).ShouldBeFalse("within the error of the reading");
        watch.IsOver(Window(50.2), cap).ShouldBeFalse("within the error of the reading");
        watch.IsOver(Window(null), cap).ShouldBeFalse();
        watch.IsOver(Window(60), Objective.LeastWatts).ShouldBeFalse();
        watch.IsOver(Window(60), Objective.LeastWatts).ShouldBeFalse();
    }

    [Fact]
    public void AHeldSettingThatOutgrowsTheCapIsSearchedAnew()
    {
        var objective = new Objective(Objective.LeastLatencyUnderCap, 9);
        PoolBench bench = new PoolBench(_search).Ask(s => s with { Objective = objective }).WithNodes("a");
        bench.Run(120, () => bench.Node("a") is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }).ShouldBeTrue();
        bench.Watts = _ => 9.5;
        bench.Run(90, () => bench.Decisions.Any(d => d.Trigger == "power-cap")).ShouldBeTrue();
    }

    private static MeasuredWindow Window(double? watts) => new(default, 1000, 1000, 0, 100, 100, 0.01, watts, 0.01, null);
}
