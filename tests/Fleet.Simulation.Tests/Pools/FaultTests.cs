using Fleet.Core.Control;
using Fleet.Core.Tuning;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Pools;

public class FaultTests
{
    /// <summary>
    /// A random story per seed: faults, loads, promises, modes, membership, agents and servers change; every step checks the invariants.
    /// Once everything is well again, every node ends in a setting that keeps the promise.
    /// </summary>
    [Theory]
    [InlineData(101)]
    [InlineData(102)]
    [InlineData(103)]
    public void WhateverHappensTheInvariantsHold(int seed)
    {
        var chance = new Chance((ulong)seed * 7919);
        var pool = new SimulatedPool(Story.Options((ulong)seed) with
        {
            Nodes = 1 + (int)chance.Between(0, 3),
            Qps = chance.Between(2000, 20_000),
            Faults = RandomFaults(chance),
        });
        for (int i = 0; i < 10; i++)
        {
            pool.For(chance.Between(2, 15));
            Disturb(pool, chance, i);
        }

        pool.SetMode(ControlMode.Active);
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            node.AgentAlive = true;
            node.Faults = new Faults();
        }

        pool.For(60);
        pool.For(15).OverShare().ShouldBeLessThan(0.012, $"seed {seed}");
    }

    [Fact]
    public void LyingAndMissingSensorsNeverLeadToASetting()
    {
        foreach (Faults faults in new[] { new Faults { NoPower = true }, new Faults { LyingPower = 1 } })
        {
            var pool = new SimulatedPool(Story.Options() with { Faults = faults });
            SimulatedMoment[] all = pool.For(40);
            all.SelectMany(m => m.Commands).OfType<ApplySetting>().ShouldAllBe(c => c.Setting.IsDefault);
            pool.View.Nodes.ShouldAllBe(n => n.PowerWatts == null && n.Phase == TunerPhase.Hold);
            pool.View.Nodes.ShouldAllBe(n => n.Reason.Contains("power"));
            pool.View.PowerWatts.ShouldBeNull();
        }
    }

    [Fact]
    public void ASensorThatLiesNowAndThenDoesNotMislead()
    {
        var pool = new SimulatedPool(Story.Options(3) with { Faults = new Faults { LyingPower = 0.2 } });
        pool.For(60);
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            node.InForce.IsDefault.ShouldBeFalse();
            node.Server.Watts(node.InForce, node.Qps).ShouldBeLessThan(node.Server.Watts(Core.Knobs.Setting.Default, node.Qps) * 0.9);
        }
    }

    [Fact]
    public void LostAndSlowCommandsOnlyCostTime()
    {
        var pool = new SimulatedPool(Story.Options(2) with { Faults = new Faults { LostApply = 0.3, SlowApply = 0.2 } });
        pool.For(120);
        pool.View.Nodes.ShouldAllBe(n => !n.SettledSetting.IsDefault);
    }

    [Fact]
    public void AHostThatRefusesEverythingStaysAtItsDefault()
    {
        var pool = new SimulatedPool(Story.Options() with { Faults = new Faults { RefusedApply = 1 } });
        pool.For(60);
        pool.Nodes.Values.ShouldAllBe(n => n.InForce.IsDefault);
        pool.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold);
    }

    [Fact]
    public void AClampingHostSettlesInsideItsRange()
    {
        var pool = new SimulatedPool(Story.Options() with { Faults = new Faults { ClampUs = 250 } });
        pool.For(80);
        pool.View.Nodes.ShouldAllBe(n => !n.SettledSetting.IsDefault && n.SettledSetting[ServerModel.FlushKnob] <= 250);
    }

    [Fact]
    public void AnAgentThatRestartsGetsItsSettingBack()
    {
        var pool = new SimulatedPool(Story.Options());
        pool.For(60);
        pool.Nodes["node2"].RestartAgent(pool.Now);
        pool.For(5);
        pool.Nodes["node2"].InForce.IsDefault.ShouldBeFalse();
    }

    private static Faults RandomFaults(Chance chance) => new()
    {
        LostApply = chance.Happens(0.5) ? chance.Between(0, 0.4) : 0,
        RefusedApply = chance.Happens(0.3) ? chance.Between(0, 0.5) : 0,
        SlowApply = chance.Happens(0.3) ? chance.Between(0, 0.3) : 0,
        LostTelemetry = chance.Happens(0.3) ? chance.Between(0, 0.3) : 0,
        LyingPower = chance.Happens(0.3) ? chance.Between(0, 0.9) : 0,
        ClampUs = chance.Happens(0.2) ? 300 : null,
    };

    private static void Disturb(SimulatedPool pool, Chance chance, int i)
    {
        string some = pool.Nodes.Keys.ElementAt((int)chance.Between(0, pool.Nodes.Count));
        switch ((int)chance.Between(0, 9))
        {
            case 0: pool.SetSla(new Sla(99, chance.Between(200, 700))); break;
            case 1: pool.SetMode((ControlMode)(int)chance.Between(0, 4)); break;
            case 2: pool.AddNode($"extra{i}"); break;
            case 3 when pool.Spec.Nodes.Length > 1: pool.RemoveNode(some); break;
            case 4: pool.Qps = Math.Min(pool.Qps * chance.Between(0.3, 2.5), 30_000); break;
            case 5: pool.Nodes[some].AgentAlive = !pool.Nodes[some].AgentAlive; break;
            case 6: pool.Nodes[some].RestartAgent(pool.Now); break;
            case 7: pool.RestartControl(); break;
            default: pool.Nodes[some].Server = new ServerModel { Slowness = chance.Between(0.8, 1.4) }; break;
        }
    }
}
