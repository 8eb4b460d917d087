using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;
using Fleet.Simulation.Pools;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Tests.Pools;

namespace Fleet.Simulation.Tests.Days;

/// <summary>A planned pool of measured servers: overload, deaths and membership changes at the peak.</summary>
public class PlannedPoolTests
{
    private const double MostQps = 600_000;

    [Fact]
    public void MoreThanThePoolCarriesIsToldAndEveryNodeServesAtItsFastest()
    {
        SimulatedPool pool = Pool(1, 4, 2 * MostQps, slaUs: 200);
        pool.For(600);
        pool.Qps = 4 * MostQps * 1.6;
        pool.For(240);
        PoolView view = pool.View;
        view.ShortfallQps.ShouldBeInRange(1, pool.Qps);
        view.ChangeInProgress.ShouldNotBeNull().ShouldContain("overload");
        view.Nodes.ShouldAllBe(n => n.Weight > 0 && n.Membership == "active");
        double least = pool.Nodes["node1"].Server.Knobs.Enumerate().Append(Core.Knobs.Setting.Default)
            .Min(s => pool.Nodes["node1"].Server.PercentileUs(s, pool.Qps / 4, 99));
        foreach (SimulatedNode node in pool.Nodes.Values)
        {
            // Nothing was measured at this load: the model's choice is near the fastest, not always the fastest.
            node.Server.PercentileUs(node.InForce, node.Qps, 99).ShouldBeLessThan(least * 1.3, node.InForce.ToString());
        }

        pool.Qps = MostQps;
        pool.For(60);
        pool.View.ShortfallQps.ShouldBe(0);
    }

    public static IEnumerable<TheoryDataRow<ulong>> Seeds => Enumerable.Range(1, 20).Select(s => new TheoryDataRow<ulong>((ulong)s));

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AMembershipChangeAtThePeakBreaksThePromiseForTwoSlicesAtMost(ulong seed)
    {
        SimulatedPool pool = Pool(seed, 6, 6 * 450_000);
        pool.For(900);
        pool.RemoveNode("node6");
        LongestBreak(pool, 60).ShouldBeLessThanOrEqualTo(2, "leave");
        pool.AddNode("node7");
        LongestBreak(pool, 60).ShouldBeLessThanOrEqualTo(2, "join");
    }

    private static SimulatedPool Pool(ulong seed, int nodes, double qps, double slaUs = 500) => new(new SimulatedPoolOptions
    {
        Seed = seed,
        Nodes = nodes,
        Qps = qps,
        Sla = new Sla(99, slaUs),
        Server = new SteepServer(),
        Balance = LoadBalance.Replicated,
        Views = false,
        Noise = new NoiseModel { StallsPerSecond = 0, PowerSd = 0.005 },
        Control = new PoolControlOptions
        {
            Planning = new PlanningOptions
            {
                MaxExploringShare = 0.3, MembershipQuiet = TimeSpan.FromMinutes(2), TurnOffDelay = TimeSpan.FromMinutes(1),
            },
            Tuner = new TunerOptions { HoldOff = TimeSpan.FromSeconds(60) },
        },
    });

    /// <summary>Most slices in a row in which a node's true percentile was over the promise.</summary>
    private static int LongestBreak(SimulatedPool pool, double seconds)
    {
        var running = new Dictionary<string, int>();
        int longest = 0;
        foreach (SimulatedMoment _ in pool.Run(TimeSpan.FromSeconds(seconds)))
        {
            foreach (SimulatedNode node in pool.Nodes.Values.Where(n => n.Qps > 0))
            {
                bool over = node.Server.PercentileUs(node.InForce, node.Qps, 99) > pool.Spec.Sla.LatencyUs;
                running[node.NodeId] = over ? running.GetValueOrDefault(node.NodeId) + 1 : 0;
                longest = Math.Max(longest, running[node.NodeId]);
            }
        }

        return longest;
    }
}
