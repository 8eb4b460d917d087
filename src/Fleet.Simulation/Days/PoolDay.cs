using System.Collections.Immutable;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Days;

/// <summary>
/// Plays a day through the production control on virtual time: steps of one slice (250 ms) while anything moves, longer ones while
/// every node holds its setting; nodes that hold are seen in longer slices while others move.
/// </summary>
internal static class PoolDay
{
    // How often the model is asked about a held setting: each question costs a fit.
    private static readonly TimeSpan ModelCheck = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongStep = TimeSpan.FromSeconds(10);

    // Of more nodes than this each is seen more rarely and once a minute when it is steady, and compared with the model more rarely.
    private const int ManyNodes = 32;
    private static readonly TimeSpan RareCheck = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan RareQuiet = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RareSlice = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RareSteady = TimeSpan.FromMinutes(5);

    // After a change of load short steps show the guard what it would see.
    private const double AlertSeconds = 5;

    /// <summary>Plays the day.</summary>
    public static void Play(
        DayLedger ledger, SurfaceServer server, ImmutableArray<double> slotQps, double slotSeconds, Sla sla, int nodes, ulong seed,
        LoadBalance balance, PoolControlOptions control, string? replay = null)
    {
        SimulatedPool pool = Pool(server, slotQps[0], sla, nodes, seed, balance, control, replay);
        var meters = new Dictionary<SimulatedNode, Meter>();
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

                Account(ledger, server, pool, meters, at);
                at += seconds;
            }
        }

        foreach (Meter meter in meters.Values)
        {
            meter.Close(ledger, server, at);
        }
    }

    private static SimulatedPool Pool(
        SurfaceServer server, double qps, Sla sla, int nodes, ulong seed, LoadBalance balance, PoolControlOptions control,
        string? replay)
    {
        bool many = nodes > ManyNodes;
        return new SimulatedPool(new SimulatedPoolOptions
        {
            Seed = seed,
            Nodes = nodes,
            Qps = qps,
            Sla = sla,
            Server = server,
            Balance = balance,
            Views = false,
            Replay = replay,
            QuietSlice = many ? RareQuiet : LongStep,
            SteadySlice = many ? RareSlice : LongStep,
            Steady = many ? RareSteady : LongStep,
            Noise = new NoiseModel { StallsPerSecond = 0, PowerSd = 0.005 },
            Control = control with
            {
                Tuner = control.Tuner with
                {
                    ModelCheckInterval = many ? RareCheck : ModelCheck,

                    // A slice that is not due yet is not a sensor that fell silent.
                    SensorTimeout = many ? RareSlice * 2 : LongStep * 2,
                },

                // The surface says nothing of more than its highest load.
                Planning = control.Planning with { MostNodeQps = Math.Min(control.Planning.MostNodeQps, server.Surface.Loads[^1]) },
            },
        });
    }

    /// <summary>Whatever changed in the step that began now begins a new stretch of its node's account.</summary>
    private static void Account(
        DayLedger ledger, SurfaceServer server, SimulatedPool pool, Dictionary<SimulatedNode, Meter> meters, double at)
    {
        foreach (SimulatedNode node in pool.Servers)
        {
            if (node.Account is not Meter meter)
            {
                node.Account = meters[node] = meter = new Meter(at, node);
            }

            meter.Look(ledger, server, node, at);
        }
    }

    /// <summary>One node's stretch of unchanged load and setting.</summary>
    private sealed class Meter(double since, SimulatedNode node)
    {
        private double _since = since;
        private double _qps = node.Qps;
        private Setting _setting = node.InForce;

        public void Look(DayLedger ledger, SurfaceServer server, SimulatedNode node, double at)
        {
            if (!node.Qps.Equals(_qps) || !ReferenceEquals(node.InForce, _setting))
            {
                Close(ledger, server, at);
                (_since, _qps, _setting) = (at, node.Qps, node.InForce);
            }
        }

        public void Close(DayLedger ledger, SurfaceServer server, double at)
        {
            if (at <= _since)
            {
                return;
            }

            if (_qps > 0)
            {
                ledger.Serve(_since, at - _since, server, _setting, _qps);
            }
            else
            {
                ledger.Park(_since, at - _since, server.ParkedWatts);
            }
        }
    }
}
