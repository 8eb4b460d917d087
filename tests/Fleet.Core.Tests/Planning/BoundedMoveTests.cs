using Fleet.Core.Control;
using Fleet.Core.Planning;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Planning;

public class BoundedMoveTests
{
    private static readonly PlannedNode Server = new(q => 50 + (q / 1000), 40_000, 10);

    [Fact]
    public void FewNodesAreParkedInOneStep()
    {
        int[] weights = Step(20, 200_000, i => i < 8 ? 25_000 : 0, new PlanningOptions { MaxPowerStep = 1 });
        weights.Count(w => w == 0).ShouldBeInRange(1, 2, "a tenth of 20 nodes");
    }

    [Fact]
    public void ThePoolsPowerChangesLittleInOneStep()
    {
        // A node's parking saves 40 W and its load's 10; 20 nodes draw 1,200 W.
        var options = new PlanningOptions { MaxMoveShare = 1, MaxPowerStep = 0.1 };
        int[] weights = Step(20, 200_000, i => i < 8 ? 25_000 : 0, options);
        double before = 20 * Server.Watts(10_000);
        double sum = weights.Sum();
        double after = weights.Sum(w => w > 0 ? Server.Watts(200_000 * w / sum) : Server.ParkedWatts);
        Math.Abs(before - after).ShouldBeLessThanOrEqualTo(before * 0.1);
        weights.ShouldContain(0);
    }

    [Fact]
    public void OneNodeMayAlwaysMoveAndStepsLeadToThePlan()
    {
        PoolNode[] nodes = Nodes(3);
        double[] plan = [60_000, 0, 0];
        PlannedNode[] servers = [.. Enumerable.Repeat(new PlannedNode(q => 50 + (q / 1000), 80_000, 10), 3)];
        for (int step = 0; step < 12; step++)
        {
            int[] weights = BoundedMove.Weights(nodes, servers, plan, 60_000, new PlanningOptions { MaxMoveShare = 0.01, MaxPowerStep = 0.001 });
            nodes.Zip(weights).Count(p => p.First.Weight > 0 != p.Second > 0).ShouldBeLessThanOrEqualTo(1);
            for (int i = 0; i < 3; i++)
            {
                nodes[i].Weight = weights[i];
            }
        }

        nodes.Select(n => n.Weight > 0).ShouldBe([true, false, false]);
    }

    private static int[] Step(int count, double qps, Func<int, double> plan, PlanningOptions options) => BoundedMove.Weights(
        Nodes(count), [.. Enumerable.Repeat(Server, count)], [.. Enumerable.Range(0, count).Select(plan)], qps, options);

    private static PoolNode[] Nodes(int count) => [.. Enumerable.Range(0, count).Select(
        i => new PoolNode(new NodeSpec($"n{i}", $"n{i}:1", true, 100), new TunerOptions()) { Weight = 100, Membership = Membership.Active })];
}
