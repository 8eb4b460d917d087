using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tests.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Planning;

public class MembershipTests
{
    [Fact]
    public void TheFirstMembersAreRoutedAtOnce()
    {
        var bench = new PoolBench().WithNodes("a", "b");
        SetRoutes routes = bench.Step().OfType<SetRoutes>().Single();
        routes.Nodes.ShouldBe([new NodeWeight("a", "a:11211", 100), new NodeWeight("b", "b:11211", 100)]);
    }

    [Fact]
    public void MembersOfAPoolWithoutTrafficAreRoutedAtOnce()
    {
        var bench = new PoolBench { Qps = 0 }.WithNodes("a");
        bench.Run(2);
        bench.WithNodes("a", "b");
        bench.Run(1);
        bench.Routes!.Nodes.ShouldContain(new NodeWeight("b", "b:11211", 100));
    }

    [Fact]
    public void RoutesAreRepeatedUntilAcknowledged()
    {
        var bench = new PoolBench { AcknowledgesRoutes = false }.WithNodes("a");
        bench.Run(5);
        bench.Log.OfType<SetRoutes>().Select(r => r.Revision).ShouldBe([1L, 1L, 1L]);
    }

    [Fact]
    public void AJoiningNodeIsPreparedBeforeItsShareRamps()
    {
        PoolBench bench = Settled("a", "b");
        bench.WithNodes("a", "b", "c");
        bench.Run(20, () => bench.Control.View.ChangeInProgress is null && bench.Routes!.Nodes.Length == 3).ShouldBeTrue();
        int applied = bench.Log.FindIndex(c => c is ApplySetting { NodeId: "c", Setting.IsDefault: false });
        int routed = bench.Log.FindIndex(c => c is SetRoutes r && r.Nodes.Any(n => n.NodeId == "c"));
        applied.ShouldBeGreaterThan(-1, "the class has a setting proven at twice the coming load");
        applied.ShouldBeLessThan(routed);
        bench.Log.OfType<SetRoutes>().SelectMany(r => r.Nodes).Where(n => n.NodeId == "c").Select(n => n.Weight)
            .ShouldBe([25, 50, 75, 100]);
        bench.Node("c").Membership.ShouldBe("active");
    }

    [Fact]
    public void BeforeANodeLeavesTheOthersGetASettingForTheLoadThatComes()
    {
        PoolBench bench = Settled("a", "b", "c");
        int before = bench.Log.Count;
        bench.WithNodes("a", "b");
        bench.Run(30, () => bench.Log.OfType<NodeRemoved>().Any()).ShouldBeTrue();
        List<PoolCommand> log = bench.Log[before..];
        int prepared = log.FindLastIndex(c => c is ApplySetting { NodeId: "a" or "b", Setting.IsDefault: true });
        int shifted = log.FindIndex(c => c is SetRoutes r && r.Nodes.Any(n => n is { NodeId: "c", Weight: 0 }));
        int restored = log.FindIndex(c => c is ApplySetting { NodeId: "c", Setting.IsDefault: true });
        int removed = log.FindIndex(c => c is NodeRemoved { NodeId: "c" });
        prepared.ShouldBeGreaterThan(-1, "nothing is proven at 1.5 times the load");
        prepared.ShouldBeLessThan(shifted);
        shifted.ShouldBeLessThan(restored);
        restored.ShouldBeLessThan(removed);
        bench.Routes!.Nodes.Select(n => n.NodeId).ShouldBe(["a", "b"]);
    }

    [Fact]
    public void ALeaverWaitsForItsHostToBeAtTheKernelDefaultAndForNothingElse()
    {
        PoolBench bench = Settled("a", "b");
        bench.Answer = a => a.NodeId == "b" ? null : new SettingApplied(a.NodeId, a.CommandId, a.Setting);
        bench.WithNodes("a");
        bench.Run(30, () => bench.Log[^1] is ApplySetting { NodeId: "b", Setting.IsDefault: true }).ShouldBeTrue();
        bench.Run(1);
        bench.Log.OfType<NodeRemoved>().ShouldBeEmpty("the host has not answered yet");
        bench.Answer = null;
        bench.Run(3, () => bench.InForce["b"].IsDefault).ShouldBeTrue("the command is repeated");
        bench.Run(0.5, () => bench.Log.OfType<NodeRemoved>().Any()).ShouldBeTrue("the time-out of the restoration is seconds away");
    }

    [Fact]
    public void ALostLeaverIsStillRemoved()
    {
        PoolBench bench = Settled("a", "b");
        bench.Raise(new AgentLost("b", "connection refused"));
        bench.Run(1);
        bench.WithNodes("a");
        bench.Run(60, () => bench.Log.OfType<NodeRemoved>().Any(r => r.NodeId == "b")).ShouldBeTrue();
    }

    [Fact]
    public void ProxiesThatDoNotAnswerDelayAChangeAndDoNotBlockIt()
    {
        PoolBench bench = Settled("a", "b");
        bench.AcknowledgesRoutes = false;
        bench.WithNodes("a");
        bench.Run(5);
        bench.Log.OfType<NodeRemoved>().ShouldBeEmpty();
        bench.Run(60, () => bench.Log.OfType<NodeRemoved>().Any()).ShouldBeTrue();
    }

    [Fact]
    public void NobodySearchesDuringAndSoonAfterAChange()
    {
        var search = new ScriptedSearch();
        PoolBench bench = Settled(search, "a", "b");
        int before = search.Requests.Count;
        bench.WithNodes("a");
        bench.Run(60, () => bench.Control.View.Nodes.Length == 1).ShouldBeTrue();
        bench.Run(25);
        search.Requests.Count.ShouldBe(before);
        bench.Run(40, () => search.Requests.Count > before).ShouldBeTrue();
    }

    [Theory]
    [InlineData(3, 0.05, 1)]
    [InlineData(3, 1.0, 3)]
    [InlineData(100, 0.05, 5)]
    public void TheBudgetIsAShareAndAtLeastOne(int nodes, double share, int most)
    {
        var budget = new ExplorationBudget(new PlanningOptions { MaxExploringShare = share });
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        budget.Allows(now, nodes, most - 1, changing: false).ShouldBeTrue();
        budget.Allows(now, nodes, most, changing: false).ShouldBeFalse();
        budget.Allows(now, nodes, 0, changing: true).ShouldBeFalse();
    }

    private static PoolBench Settled(params string[] ids) => Settled(new ScriptedSearch(), ids);

    private static PoolBench Settled(ScriptedSearch search, params string[] ids)
    {
        var bench = new PoolBench(
            search, options: o => o with { Planning = o.Planning with { MembershipQuiet = TimeSpan.FromSeconds(30) } })
        {
            Qps = 8000 * ids.Length,
        }.WithNodes(ids);
        bench.Run(180, () => bench.Control.View.Nodes.All(n => n is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }))
            .ShouldBeTrue();
        bench.Run(3);
        return bench;
    }
}
