using System.Collections.Immutable;
using Fleet.Core.Control;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Days;

/// <summary>
/// Plays a day through the production control on virtual time: steps of one slice (250 ms) while anything moves, longer ones while
/// every node holds its setting.
/// </summary>
internal static class PoolDay
{
    // How often the model is asked about a held setting: each question costs a fit.
    private static readonly TimeSpan ModelCheck = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongStep = TimeSpan.FromSeconds(10);

    // After a change of load short steps show the guard what it would see.
    private const double AlertSeconds = 5;

    /// <summary>Plays the day.</summary>
    public static void Play(
        DayLedger ledger, SurfaceServer server, ImmutableArray<double> slotQps, double slotSeconds, Sla sla, int nodes, ulong seed,
        LoadBalance balance, PoolControlOptions control)
    {
        var pool = new SimulatedPool(new SimulatedPoolOptions
        {
            Seed = seed,
            Nodes = nodes,
            Qps = slotQps[0],
            Sla = sla,
            Server = server,
            Balance = balance,
            Views = false,
            Noise = new NoiseModel { StallsPerSecond = 0, PowerSd = 0.005 },
            Control = control with
            {
                Tuner = control.Tuner with { ModelCheckInterval = ModelCheck },

                // The surface says nothing of more than its highest load.
                Planning = control.Planning with { MostNodeQps = Math.Min(control.Planning.MostNodeQps, server.Surface.Loads[^1]) },
            },
        });
        double at = 0;
        for (int slot = 0; slot < slotQps.Length; slot++)
        {
            pool.Qps = slotQps[slot];
            double began = at;
            double until = (slot + 1) * slotSeconds;
            while (at < until - 1e-6)
            {
                bool calm = at - began >= AlertSeconds && pool.Calm;
                double seconds = Math.Min(calm ? LongStep.TotalSeconds : SimulatedPool.StepLength.TotalSeconds, until - at);
                SimulatedMoment moment = pool.Step(TimeSpan.FromSeconds(seconds));
                foreach (PoolCommand command in moment.Commands)
                {
                    ledger.Trials += command is RecordDecision { Decision.Kind: "measured" or "abort" } ? 1 : 0;
                }

                foreach (SimulatedNode node in pool.Nodes.Values)
                {
                    if (node.Qps > 0)
                    {
                        ledger.Serve(at, seconds, server, node.InForce, node.Qps);
                    }
                    else
                    {
                        ledger.Park(at, seconds, server.ParkedWatts);
                    }
                }

                at += seconds;
            }
        }
    }
}
