using Fleet.Core.Planning;

namespace Fleet.Core.Tests.Planning;

/// <summary>Small pools drawn from seeds, against every possible split.</summary>
public class SplitterPropertyTests
{
    [Fact]
    public void MixedSplitsAreAsCheapAsTheBestOfAllSplitsOnTheGrid()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            PlannedNode[] nodes = Draw(random, 1 + random.Next(4));
            int steps = 4 + random.Next(9);
            double qps = nodes.Sum(n => n.CapacityQps) * (0.05 + (random.NextDouble() * 0.85));
            double least = Enumerate(nodes, 0, steps, qps / steps);
            LoadPlan plan = LoadSplitter.Mixed(nodes, qps, steps, headroom: false);
            if (double.IsFinite(least))
            {
                plan.Watts.ShouldBe(least, 1e-9, $"seed {seed}");
            }

            plan.Loads.Sum().ShouldBe(qps, qps * 1e-9, $"seed {seed}");
            plan.ShortfallQps.ShouldBe(0, $"seed {seed}");
        }
    }

    [Fact]
    public void PlansWithHeadroomSurviveTheDeathOfAnyActiveNodeAndCostNoLess()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            PlannedNode[] nodes = Draw(random, 2 + random.Next(4));
            double qps = nodes.Sum(n => n.CapacityQps) * (0.05 + (random.NextDouble() * 0.3));
            LoadPlan tight = LoadSplitter.Mixed(nodes, qps, 40, headroom: false);
            LoadPlan spare = LoadSplitter.Mixed(nodes, qps, 40, headroom: true);
            spare.Watts.ShouldBeGreaterThanOrEqualTo(tight.Watts - 1e-9, $"seed {seed}");
            if (spare.HasHeadroom)
            {
                for (int dead = 0; dead < nodes.Length; dead++)
                {
                    double left = nodes.Where((_, i) => i != dead && spare.Loads[i] > 0).Sum(n => n.CapacityQps);
                    (spare.Loads[dead] <= 0 || left >= qps * (1 - 1e-9)).ShouldBeTrue($"seed {seed}, node {dead}");
                }
            }
        }
    }

    [Fact]
    public void IdenticalNodesAreSplitAsDynamicProgrammingWouldWhereEqualSharesAreBest()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            double curve = random.NextDouble() * 1e-9;
            double floor = 20 + (random.NextDouble() * 60);
            var node = new PlannedNode(q => floor + (q * 2e-5) + (curve * q * q), 400_000, random.NextDouble() * floor);
            int count = 2 + random.Next(4);
            double qps = count * 400_000 * (0.1 + (random.NextDouble() * 0.8));

            // 60 steps divide by every number of nodes up to five.
            LoadPlan exact = LoadSplitter.Mixed([.. Enumerable.Repeat(node, count)], qps, 60, headroom: false);
            LoadPlan equal = LoadSplitter.Identical(node, count, qps, headroom: false);
            equal.Watts.ShouldBeLessThanOrEqualTo(exact.Watts + 1e-6, $"seed {seed}");
        }
    }

    private static PlannedNode[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ =>
    {
        double floor = 10 + (random.NextDouble() * 80);
        double slope = random.NextDouble() * 1e-4;
        double kink = random.NextDouble() * 300_000;
        double steeper = (random.NextDouble() - 0.3) * 2e-4;
        double parked = random.NextDouble() * 40;

        // Power may bend either way: the programme does not need a convex envelope.
        return new PlannedNode(
            q => floor + (slope * q) + (Math.Max(q - kink, 0) * Math.Max(steeper, -slope)), 50_000 + (random.NextDouble() * 550_000), parked);
    })];

    private static double Enumerate(PlannedNode[] nodes, int at, int left, double unit)
    {
        if (at == nodes.Length)
        {
            return left == 0 ? 0 : double.PositiveInfinity;
        }

        double least = double.PositiveInfinity;
        for (int here = 0; here <= left; here++)
        {
            if (here * unit > nodes[at].CapacityQps * (1 + 1e-9))
            {
                break;
            }

            double watts = here == 0 ? nodes[at].ParkedWatts : nodes[at].Watts(here * unit);
            least = Math.Min(least, watts + Enumerate(nodes, at + 1, left - here, unit));
        }

        return least;
    }
}
