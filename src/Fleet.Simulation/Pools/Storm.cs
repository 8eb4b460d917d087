using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>
/// A simulated pool in bad weather: everything that can go wrong, drawn from one seed; the invariants are checked at every step. A broken one
/// throws with the command that replays it.
/// </summary>
public static class Storm
{
    private const double LeastPause = 2;
    private const double LongestPause = 15;

    /// <summary>Plays one seed.</summary>
    /// <param name="seed">Decides the pool, the faults and every draw.</param>
    /// <param name="seconds">Length, virtual seconds; above 0.</param>
    /// <param name="change">Changes the pool's options; tests put broken parts in.</param>
    /// <exception cref="InvariantBrokenException">An invariant is broken; the message holds the command that replays it.</exception>
    public static FaultCounts Play(ulong seed, double seconds, Func<SimulatedPoolOptions, SimulatedPoolOptions>? change = null)
    {
        var chance = new Chance(seed * 7919);
        SimulatedPoolOptions options = Options(seed, seconds, chance);
        var pool = new SimulatedPool(change?.Invoke(options) ?? options);
        DateTimeOffset end = pool.Now + TimeSpan.FromSeconds(seconds);
        double level = options.Qps;
        DateTimeOffset crowdUntil = default;
        for (int i = 0; pool.Now < end; i++)
        {
            DateTimeOffset next = pool.Now + TimeSpan.FromSeconds(chance.Between(LeastPause, LongestPause));
            while (pool.Now < next)
            {
                // Load follows the time of day, an hour a minute, and now and then a crowd comes at once.
                double day = 1 + (0.4 * Math.Sin(2 * Math.PI * (pool.Now - options.Start).TotalMinutes / 24));
                pool.Qps = level * day * (pool.Now < crowdUntil ? 2.5 : 1);
                pool.Faulted.Note("diurnal drift");
                pool.Step();
            }

            if (chance.Happens(0.15))
            {
                pool.Faulted.Note("flash crowd");
                crowdUntil = pool.Now + TimeSpan.FromSeconds(chance.Between(5, 30));
            }

            Disturb(pool, chance, i);
        }

        return pool.Faulted;
    }

    private static SimulatedPoolOptions Options(ulong seed, double seconds, Chance chance) => new()
    {
        Seed = seed,
        Nodes = 2 + (int)chance.Between(0, 5),
        Qps = chance.Between(4000, 24_000),
        Balance = (LoadBalance)(int)chance.Between(0, 3),
        Classes = [new ServerModel(), new ServerModel { Slowness = 1.3, HardwareClass = "simulated-slow", IdleWatts = 6 }],
        Replay = string.Create(CultureInfo.InvariantCulture, $"fleet bench faults --seed {seed} --runs 1 --seconds {seconds:0.###}"),
        Control = new PoolControlOptions
        {
            Planning = new PlanningOptions
            {
                MaxExploringShare = chance.Happens(0.5) ? 0.05 : 0.5,
                MembershipQuiet = TimeSpan.FromSeconds(3),
                PlanInterval = TimeSpan.FromSeconds(2),
                TurnOffDelay = TimeSpan.FromSeconds(20),
                MoveInterval = TimeSpan.FromSeconds(5),
            },
            Tuner = new TunerOptions
            {
                HoldOff = TimeSpan.FromSeconds(20),
                LoadDownHold = TimeSpan.FromSeconds(20),
                QuarantineFirst = TimeSpan.FromSeconds(20),
            },
        },
        Faults = new Faults
        {
            LostApply = Sometimes(chance, 0.5, 0.4),
            RefusedApply = Sometimes(chance, 0.3, 0.5),
            SlowApply = Sometimes(chance, 0.3, 0.3),
            LostTelemetry = Sometimes(chance, 0.3, 0.3),
            LateTelemetry = Sometimes(chance, 0.3, 0.3),
            LyingPower = Sometimes(chance, 0.3, 0.9),
            ClampUs = chance.Happens(0.2) ? 300 : null,
            ClockSkew = TimeSpan.FromSeconds(chance.Happens(0.5) ? chance.Between(0, 120) : 0),
        },
    };

    private static double Sometimes(Chance chance, double probability, double most)
    {
        double share = chance.Between(0, most);
        return chance.Happens(probability) ? share : 0;
    }

    private static void Disturb(SimulatedPool pool, Chance chance, int i)
    {
        ImmutableArray<SimulatedNode> nodes = [.. pool.Nodes.Values];
        SimulatedNode some = nodes[(int)chance.Between(0, nodes.Length)];
        switch ((int)chance.Between(0, 11))
        {
            case 0: pool.SetSla(new Sla(99, chance.Between(200, 700))); break;
            case 1: pool.SetMode(chance.Happens(0.5) ? ControlMode.Active : (ControlMode)(int)chance.Between(0, 4)); break;
            case 2 when nodes.Length < 12: pool.AddNode(string.Create(CultureInfo.InvariantCulture, $"extra{i}")); break;
            case 3 when pool.Spec.Nodes.Length > 1: pool.RemoveNode(some.NodeId); break;
            case 4: some.AgentAlive = !some.AgentAlive; break;
            case 5: some.RestartAgent(pool.Now); break;
            case 6: pool.RestartControl(); break;
            case 7 or 8: pool.Kill(some.NodeId, !some.ServerAlive); break;
            case 9: pool.SetBalance((LoadBalance)(int)chance.Between(0, 3)); break;
            default: some.Server = new ServerModel { Slowness = chance.Between(0.8, 1.4) }; break;
        }
    }
}
