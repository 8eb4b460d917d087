using Fleet.Core.Control;
using Fleet.Core.Tests.Control;

namespace Fleet.Core.Tests.Planning;

/// <summary>A pool whose load the planner spreads, end to end through the control.</summary>
public class PlannedPoolTests
{
    private static readonly string[] Ids = ["a", "b", "c", "d"];

    [Fact]
    public void NodesThatLittleLoadDoesNotNeedAreParkedInTheirDeepestSettingAndOneIsKeptToSpare()
    {
        PoolBench bench = Consolidated();
        Parked(bench).ShouldBe(["c", "d"]);
        bench.Routes!.Nodes.Where(n => n.Weight == 0).Select(n => n.NodeId).ShouldBe(["c", "d"]);
        bench.InForce["c"].ShouldBe(PoolBench.Timer(400), "of the settings that were measured and kept the promise, the one that drew least");
        bench.Decisions.Count(d => d.Kind == "park" && d.Trigger == "plan").ShouldBeGreaterThanOrEqualTo(2);
    }

    [Fact]
    public void TheOperatorsWeightsStayWithoutAPlanner()
    {
        PoolBench bench = Pool(LoadBalance.Declared);
        bench.Run(200);
        Parked(bench).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(ControlMode.Recommend)]
    [InlineData(ControlMode.Canary)]
    [InlineData(ControlMode.Observe)]
    public void NothingIsParkedInAModeThatAppliesNothing(ControlMode mode)
    {
        PoolBench bench = Pool(LoadBalance.Replicated);
        bench.Ask(s => s with { Mode = mode });
        bench.Run(200);
        Parked(bench).ShouldBeEmpty();
    }

    [Fact]
    public void ParkedNodesGetTheirWeightBackWhenThePlannerIsTurnedOff()
    {
        PoolBench bench = Consolidated();
        int before = bench.Log.Count;
        bench.Ask(s => s with { Balance = LoadBalance.Declared });
        bench.Run(60, () => Parked(bench).Length == 0).ShouldBeTrue();
        bench.Log[before..].FindIndex(c => c is ApplySetting { NodeId: "c" })
            .ShouldBeLessThan(bench.Log[before..].FindIndex(c => c is SetRoutes), "prepared before it has load");
    }

    [Fact]
    public void NoPlanParksMoreThanTheOperatorAllows()
    {
        PoolBench bench = Pool(LoadBalance.Replicated);
        bench.Ask(s => s with { LeastActive = 3 });
        bench.Run(300, () => Parked(bench).Length > 1).ShouldBeFalse();
        Parked(bench).Length.ShouldBe(1);
    }

    [Fact]
    public void ASuccessorLeavesParkedNodesParked()
    {
        PoolBench bench = Consolidated();
        var successor = new PoolBench(saved: bench.Control.Save()) { Qps = bench.Qps };
        successor.Ask(_ => bench.Spec);
        successor.WithNodes(Ids);
        successor.Run(3);
        successor.Log.OfType<SetRoutes>().ShouldAllBe(r => r.Nodes.Where(n => n.NodeId == "c" || n.NodeId == "d").All(n => n.Weight == 0));
        Parked(successor).ShouldBe(["c", "d"]);
    }

    [Fact]
    public void AnActiveNodesDeathWakesTheSpareOfTheSpare()
    {
        PoolBench bench = Consolidated();
        bench.Dead.Add("a");
        bench.Run(20, () => bench.Node("c").Weight > 0).ShouldBeTrue();
        bench.Node("a").Membership.ShouldBe("failed");
        bench.Node("a").Weight.ShouldBe(0);
    }

    [Fact]
    public void AServerThatComesBackIsAMemberAgainWithoutAnybodysWord()
    {
        PoolBench bench = Pool(LoadBalance.Declared);
        bench.Run(20);
        bench.Dead.Add("a");
        bench.Run(2, () => bench.Node("a").Weight == 0).ShouldBeTrue();
        bench.Routes!.Nodes.ShouldContain(n => n.NodeId == "a" && n.Weight == 0, "the proxies go on looking after it");
        bench.Run(30);
        bench.Node("a").Membership.ShouldBe("failed");
        bench.Dead.Remove("a");
        bench.Run(60, () => bench.Node("a") is { Weight: 100, Membership: "active" }).ShouldBeTrue();
    }

    [Fact]
    public void ParkedServersThatDiedAreNotWoken()
    {
        PoolBench bench = Consolidated();
        bench.Dead.Add("c");
        bench.Run(5);
        bench.Node("c").Membership.ShouldBe("failed");
        bench.Dead.Add("a");
        bench.Run(20, () => bench.Node("d").Weight > 0).ShouldBeTrue();
        bench.Node("c").Weight.ShouldBe(0);
    }

    [Fact]
    public void TheLastServerKeepsItsPlaceWhenItDies()
    {
        PoolBench bench = new PoolBench { Qps = 8000 }.WithNodes("a");
        bench.Run(20);
        bench.Dead.Add("a");
        bench.Run(20);
        bench.Node("a").Weight.ShouldBe(100);
    }

    [Fact]
    public void TheLastServerLosesItsPlaceWhenAnotherIsBack()
    {
        PoolBench bench = new PoolBench { Qps = 8000 }.WithNodes("a", "b");
        bench.Run(20);
        bench.Dead.Add("a");
        bench.Run(5);
        bench.Dead.Add("b");
        bench.Run(5);
        bench.Node("b").Weight.ShouldBe(100);
        bench.Dead.Remove("a");
        bench.Run(60, () => bench.Node("a").Weight == 100 && bench.Node("b").Weight == 0).ShouldBeTrue();
    }

    [Fact]
    public void ASavingThatDoesNotLastParksNothing()
    {
        PoolBench bench = Pool(LoadBalance.Replicated);
        bench.Run(100);
        double low = bench.Qps;
        for (int i = 0; i < 8; i++)
        {
            // The load comes back before the delay of 30 s has passed.
            bench.Qps = low * 4;
            bench.Run(10);
            bench.Qps = low;
            bench.Run(25);
        }

        bench.Decisions.Count(d => d.Kind == "park" && d.At > bench.Now.AddSeconds(-250)).ShouldBe(0);
    }

    [Theory]
    [InlineData(LoadBalance.Replicated, 1)]
    [InlineData(LoadBalance.Keyed, 1)]
    [InlineData(LoadBalance.Keyed, 0.0001)]
    public void WhereMovedKeysAreDearTheLoadStaysAndElsewhereNodesAreParked(LoadBalance balance, double joulesPerMiss)
    {
        PoolBench bench = Pool(balance, joulesPerMiss);
        bool dear = balance == LoadBalance.Keyed && joulesPerMiss >= 1;
        bench.Run(400, () => Parked(bench).Length > 0).ShouldBe(!dear);
    }

    private static PoolBench Pool(LoadBalance balance, double joulesPerMiss = 0.01)
    {
        var bench = new PoolBench(new ScriptedSearch(), options: o => o with
        {
            Planning = o.Planning with
            {
                PlanInterval = TimeSpan.FromSeconds(2), TurnOffDelay = TimeSpan.FromSeconds(30), MoveInterval = TimeSpan.FromSeconds(5),
                JoulesPerMiss = joulesPerMiss,
            },
        })
        {
            Qps = 16_000,
            LoadWatts = (s, qps) => (s.IsDefault ? 60 : 60 - (2 * Math.Log(s["timer_us"]))) * (qps > 0 ? 1 : 0.3) + (qps / 1000),
        };
        bench.Ask(s => s with { Balance = balance });
        return bench.WithNodes(Ids);
    }

    private static PoolBench Consolidated()
    {
        PoolBench bench = Pool(LoadBalance.Replicated);
        bench.Run(400, () => Parked(bench).Length == 2).ShouldBeTrue();
        bench.Run(30, () => bench.Control.View.ChangeInProgress is null).ShouldBeTrue();
        bench.Run(20);
        return bench;
    }

    private static string[] Parked(PoolBench bench) =>
        [.. bench.Control.View.Nodes.Where(n => n.Membership == "parked").Select(n => n.NodeId)];
}
