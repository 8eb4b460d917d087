using Fleet.Core.Control;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Planning;

/// <summary>What operators ask of single nodes: drain, cordon, pause.</summary>
public class NodeStatesTests
{
    [Fact]
    public void ADrainedNodeGivesItsLoadAwayAndStaysAMemberAtItsKernelDefault()
    {
        PoolBench bench = Settled("a", "b");
        bench.InForce["b"].IsDefault.ShouldBeFalse();
        Change(bench, "b", n => n with { Drained = true, Cordoned = true });
        bench.Run(30, () => bench.Node("b").Membership == "drained").ShouldBeTrue();
        bench.Log.OfType<NodeRemoved>().ShouldBeEmpty();
        bench.InForce["b"].IsDefault.ShouldBeTrue();
        bench.Run(2);
        bench.Routes!.Nodes.ShouldBe([new NodeWeight("a", "a:11211", 100)]);
        bench.Run(60);
        bench.InForce["b"].IsDefault.ShouldBeTrue();
    }

    [Fact]
    public void AnUncordonedNodeJoinsAgainByTheChoreography()
    {
        PoolBench bench = Settled("a", "b");
        Change(bench, "b", n => n with { Drained = true });
        bench.Run(30, () => bench.Node("b").Membership == "drained").ShouldBeTrue();
        int before = bench.Log.Count;
        Change(bench, "b", n => n with { Drained = false });
        bench.Run(30, () => bench.Node("b").Membership == "active").ShouldBeTrue();
        bench.Log.Skip(before).OfType<SetRoutes>().SelectMany(r => r.Nodes).Where(n => n.NodeId == "b").Select(n => n.Weight)
            .Distinct().ShouldBe([25, 50, 75, 100]);
    }

    [Fact]
    public void ADrainThatIsCalledOffBeforeTheShiftChangesNoWeight()
    {
        PoolBench bench = Settled("a", "b");
        bench.Answer = apply => apply.NodeId == "a" ? null : new SettingApplied(apply.NodeId, apply.CommandId, apply.Setting);
        bench.Qps *= 1.5;
        Change(bench, "b", n => n with { Drained = true });
        bench.Step();
        Change(bench, "b", n => n with { Drained = false });
        bench.Run(2);
        bench.Control.View.ChangeInProgress.ShouldBeNull();
        bench.Node("b").Weight.ShouldBe(100);
        bench.Node("b").Membership.ShouldBe("active");
    }

    [Fact]
    public void ADrainedNodeStaysDrainedUnderASuccessor()
    {
        PoolBench bench = Settled("a", "b");
        Change(bench, "b", n => n with { Drained = true });
        bench.Run(30, () => bench.Node("b").Membership == "drained").ShouldBeTrue();
        var successor = new PoolBench(saved: bench.Control.Save());
        successor.Ask(_ => bench.Spec);
        successor.Run(2);
        successor.Routes!.Nodes.Select(n => n.NodeId).ShouldBe(["a"]);
        successor.Node("b").Membership.ShouldBe("drained");
    }

    [Fact]
    public void ACordonedNodeKeepsItsWeightWhenMoreIsAsked()
    {
        PoolBench bench = Settled("a", "b");
        Change(bench, "b", n => n with { Cordoned = true, Weight = 300 });
        bench.Run(2);
        bench.Node("b").Weight.ShouldBe(100);
        Change(bench, "b", n => n with { Weight = 40 });
        bench.Run(2);
        bench.Node("b").Weight.ShouldBe(40);
    }

    [Fact]
    public void ACordonedNodeThatJoinsIsNotRouted()
    {
        PoolBench bench = Settled("a");
        bench.Ask(s => s with { Nodes = [.. s.Nodes, new NodeSpec("c", "c:11211", true, 100, Cordoned: true)] });
        bench.Run(30);
        bench.Routes!.Nodes.Select(n => n.NodeId).ShouldBe(["a"]);
        bench.Node("c").Membership.ShouldBe("joining");
    }

    [Fact]
    public void NothingIsTriedWhileThePoolIsPaused()
    {
        PoolBench bench = new PoolBench().WithNodes("a");
        bench.Ask(s => s with { Paused = true });
        bench.Run(60);
        bench.Log.OfType<ApplySetting>().ShouldAllBe(a => !a.Exploring);
        bench.Ask(s => s with { Paused = false });
        bench.Run(60);
        bench.Log.OfType<ApplySetting>().ShouldContain(a => a.Exploring);
    }

    [Fact]
    public void NothingIsTriedOnAPausedNodeAndTheOtherGoesOn()
    {
        PoolBench bench = new PoolBench().WithNodes("a", "b");
        Change(bench, "b", n => n with { Paused = true });
        bench.Run(60);
        bench.Log.OfType<ApplySetting>().Where(a => a.Exploring).ShouldAllBe(a => a.NodeId == "a");
        bench.Log.OfType<ApplySetting>().ShouldContain(a => a.Exploring);
    }

    [Fact]
    public void ThePoolsOwnExplorationShareBoundsTheNodesThatSearch()
    {
        PoolBench bench = new PoolBench().WithNodes("a", "b", "c", "d");
        bench.Ask(s => s with { ExplorationShare = 0.5 });
        int most = 0;
        bench.Run(60, () =>
        {
            most = Math.Max(most, bench.Control.View.Nodes.Count(n => n.Phase == TunerPhase.Measure));
            return false;
        });
        most.ShouldBe(2);
    }

    private static void Change(PoolBench bench, string id, Func<NodeSpec, NodeSpec> change) => bench.Ask(
        s => s with { Nodes = [.. s.Nodes.Select(n => n.NodeId == id ? change(n) : n)] });

    private static PoolBench Settled(params string[] ids)
    {
        PoolBench bench = new PoolBench().WithNodes(ids);
        bench.Run(240, () => ids.All(id => bench.Node(id) is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false })).ShouldBeTrue();
        return bench;
    }
}
