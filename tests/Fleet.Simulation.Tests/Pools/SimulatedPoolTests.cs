using Fleet.Core.Control;
using Fleet.Core.Tuning;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Pools;

public class SimulatedPoolTests
{
    [Fact]
    public void TheSameSeedGivesTheSameRun()
    {
        static string Tell(ulong seed) => string.Join('\n', new SimulatedPool(Story.Options(seed)).For(40)
            .SelectMany(m => m.Commands.Select(c => $"{m.Time:O} {c switch
            {
                SetRoutes r => $"routes {r.Revision} {string.Join(' ', r.Nodes)}",
                _ => c.ToString(),
            }}")));
        string first = Tell(5);
        first.ShouldContain("probe");
        Tell(5).ShouldBe(first);
        Tell(6).ShouldNotBe(first);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TuningSavesAThirdOfTheCpuUnderThePromise(ulong seed)
    {
        var pool = new SimulatedPool(Story.Options(seed));
        pool.For(60);
        pool.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold && !n.SettledSetting.IsDefault);
        pool.SetMode(ControlMode.Observe);
        pool.For(2);
        double before = pool.For(10).CpuUsPerRequest();
        pool.SetMode(ControlMode.Active);
        pool.For(2);
        SimulatedMoment[] tuned = pool.For(30);
        (tuned.CpuUsPerRequest() / before).ShouldBeLessThan(0.65);
        (int held, int met) = tuned.HeldWindows();
        held.ShouldBeGreaterThan(20);
        ((double)met / held).ShouldBeGreaterThanOrEqualTo(0.95);
        pool.View.DefaultPowerWatts.ShouldNotBeNull().ShouldBeGreaterThan(pool.View.PowerWatts!.Value);
    }

    [Fact]
    public void TheDemosStoryKeepsThePromiseThroughout()
    {
        var pool = new SimulatedPool(Story.Options(11));
        List<SimulatedMoment> all = [.. pool.For(60)];
        pool.SetSla(new Sla(99, 200));
        SimulatedMoment[] tight = pool.For(40);
        tight[8..].OverShare().ShouldBeLessThan(0.01);
        pool.SetSla(new Sla(99, 500));
        all.AddRange(pool.For(30));
        pool.RemoveNode("node3");
        all.AddRange(pool.For(30));
        pool.Nodes.Keys.ShouldBe(["node1", "node2"]);
        pool.AddNode("node4");
        all.AddRange(pool.For(40));
        pool.View.Nodes.Select(n => (n.NodeId, n.Membership)).ShouldBe([("node1", "active"), ("node2", "active"), ("node4", "active")]);
        all.OverShare().ShouldBeLessThan(0.01);
        (int held, int met) = all.HeldWindows();
        ((double)met / held).ShouldBeGreaterThanOrEqualTo(0.95);
    }

    [Fact]
    public void ADriftingLoadKeepsThePromise()
    {
        var pool = new SimulatedPool(Story.Options(4));
        pool.For(45);
        var all = new List<SimulatedMoment>();
        for (int i = 0; i < 120; i++)
        {
            pool.Qps = 24_000 * (1 + (0.6 * Math.Sin(i * 2 * Math.PI / 120)));
            all.AddRange(pool.For(1));
        }

        all.OverShare().ShouldBeLessThan(0.01);
    }

    [Fact]
    public void ASlowerSoftwareIsNoticedAndTheSettingLeft()
    {
        var pool = new SimulatedPool(Story.Options(8));
        pool.For(60);
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            node.Server = new ServerModel { Slowness = 1.5 };
        }

        pool.For(40);
        pool.For(20).OverShare().ShouldBeLessThan(0.01);
    }

    [Fact]
    public void ASuccessorOfTheControlGoesOnWhereItWas()
    {
        var pool = new SimulatedPool(Story.Options(9));
        pool.For(60);
        pool.RestartControl();
        SimulatedMoment[] after = pool.For(10);
        after.SelectMany(m => m.Commands).OfType<RecordDecision>().ShouldNotContain(d => d.Decision.Kind == "probe");
        pool.View.Nodes.ShouldAllBe(n => !n.SettledSetting.IsDefault);
        after.OverShare().ShouldBeLessThan(0.01);
    }
}
