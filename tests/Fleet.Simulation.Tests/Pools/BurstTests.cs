using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Planning;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Tests.Pools;

/// <summary>Noise that every node feels at once, as on one machine with other tenants: no setting is to blame for it.</summary>
public class BurstTests
{
    /// <summary>Bursts of 1 s, 2 to 20 times slower, every ten seconds on average, from the first window on.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void BurstsOnEveryNodeDoNotKeepTheTunerFromTheCheapSetting(ulong seed)
    {
        var pool = new SimulatedPool(Bursty(seed, 6, 1));
        pool.For(100);
        CheapShare(pool, 30).ShouldBeGreaterThan(
            0.8, $"seed {seed}: {string.Join(" | ", pool.View.Nodes.Select(n => $"{n.SettledSetting} {n.Reason}"))}");
    }

    private static SimulatedPoolOptions Bursty(ulong seed, double perMinute, double seconds) => new()
    {
        Seed = seed,
        Noise = new NoiseModel { BurstsPerMinute = perMinute, MeanBurst = TimeSpan.FromSeconds(seconds) },
        Control = new PoolControlOptions
        {
            Planning = new PlanningOptions { MaxExploringShare = 0.34, MembershipQuiet = TimeSpan.FromSeconds(3) },
        },
    };

    /// <summary>Share of node time spent in a setting that takes less than 75 % of the default's CPU.</summary>
    private static double CheapShare(SimulatedPool pool, double seconds)
    {
        int cheap = 0;
        int all = 0;
        foreach (SimulatedMoment _ in pool.For(seconds))
        {
            foreach (SimulatedNode node in pool.Nodes.Values)
            {
                all++;
                cheap += node.Server.Busy(node.InForce, node.Qps) < 0.75 * node.Server.Busy(Setting.Default, node.Qps) ? 1 : 0;
            }
        }

        return (double)cheap / all;
    }
}
