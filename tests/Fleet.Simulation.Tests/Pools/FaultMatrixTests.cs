using Fleet.Core.Tuning;
using Fleet.Simulation.Pools;

namespace Fleet.Simulation.Tests.Pools;

/// <summary>
/// One fault at a time while the load drifts: every step checks that a breaking setting goes within two slices of being measurable, and
/// once the fault is over every node holds the default or a setting that keeps the promise.
/// </summary>
public class FaultMatrixTests
{
    public static TheoryData<string> Faults => ["none", "no power", "lying power", "lost telemetry", "apply fails", "apply is lost",
        "apply is slow", "silent clamp", "agent restarts", "agent away", "control restarts"];

    [Theory]
    [MemberData(nameof(Faults))]
    public void TheTunerEndsInAProvenOrDefaultSetting(string fault)
    {
        var pool = new SimulatedPool(Story.Options(17));
        Drift(pool, 30, _ => { });
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            node.Faults = fault switch
            {
                "no power" => new Faults { NoPower = true },
                "lying power" => new Faults { LyingPower = 0.7 },
                "lost telemetry" => new Faults { LostTelemetry = 0.8 },
                "apply fails" => new Faults { RefusedApply = 0.9 },
                "apply is lost" => new Faults { LostApply = 0.9 },
                "apply is slow" => new Faults { SlowApply = 1 },
                "silent clamp" => new Faults { ClampUs = 60 },
                _ => new Faults(),
            };
            node.AgentAlive = fault != "agent away";
        }

        Drift(pool, 40, i =>
        {
            if (fault == "agent restarts" && i % 10 == 5)
            {
                pool.Nodes["node1"].RestartAgent(pool.Now);
            }
            else if (fault == "control restarts" && i == 20)
            {
                pool.RestartControl();
            }
        });
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            node.Faults = fault == "silent clamp" ? node.Faults : new Faults();
            node.AgentAlive = true;
        }

        Drift(pool, 40, _ => { });
        pool.For(40);
        pool.View.Nodes.ShouldAllBe(n => n.Phase == TunerPhase.Hold || n.Phase == TunerPhase.Measure || n.Trials > 0);
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            Core.Control.NodeView view = pool.View.Nodes.Single(n => n.NodeId == node.NodeId);
            double settledUs = node.Server.PercentileUs(view.SettledSetting, node.Qps, 99);
            (view.SettledSetting.IsDefault || settledUs <= 500 * 1.05).ShouldBeTrue($"{fault}: {view.SettledSetting} reaches {settledUs:0} µs");
        }

        pool.For(10).OverShare().ShouldBeLessThan(0.012, fault);
    }

    private static void Drift(SimulatedPool pool, int seconds, Action<int> each)
    {
        for (int i = 0; i < seconds; i++)
        {
            pool.Qps = 24_000 * (1 + (0.4 * Math.Sin(i * 2 * Math.PI / 40)));
            each(i);
            pool.For(1);
        }
    }
}
