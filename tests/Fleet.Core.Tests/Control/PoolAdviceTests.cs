using Fleet.Core.Control;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Control;

public class PoolAdviceTests
{
    [Fact]
    public void AnExplanationNamesTheHeldSettingAndWhatWasPassedOver()
    {
        PoolBench bench = Settled();
        bench.LatencyUs(PoolBench.Timer(800)).ShouldBeGreaterThan(500);
        NodeExplanation why = bench.Control.Explain("a", 10)!;
        why.Settled.ShouldBe(bench.Node("a").SettledSetting);
        why.Qps.ShouldBe(4000, 100);
        ExplainedCandidate held = why.Candidates.Single(c => c.Setting.Equals(why.Settled));
        held.Verdict.ShouldBe("held");
        held.MeasuredWatts!.Value.ShouldBe(bench.Watts(why.Settled)!.Value, 0.05);
        held.Prediction!.Watts.ShouldBe(bench.Watts(why.Settled)!.Value, 0.3);
        ExplainedCandidate slow = why.Candidates.Single(c => c.Setting.Equals(PoolBench.Timer(800)));
        slow.Prediction!.ProbabilityFeasible.ShouldBeLessThan(0.5);
        slow.Verdict.ShouldNotBe("held");
        why.Candidates.ShouldContain(c => c.Setting.IsDefault);
        bench.Control.Explain("nobody", 10).ShouldBeNull();
    }

    [Fact]
    public void APlanChangesNothing()
    {
        PoolBench bench = Settled();
        PoolSnapshot before = bench.Control.Save();
        bench.Control.Plan(new PlanQuery(new Sla(99, 200), bench.Spec.Nodes[..1], "ketama", null));
        bench.Control.Explain("a", 10);
        PoolSnapshot after = bench.Control.Save();
        after.RouteRevision.ShouldBe(before.RouteRevision);
        after.Nodes.ShouldBe(before.Nodes);
        bench.Run(5);
        bench.Control.View.ChangeInProgress.ShouldBeNull();
    }

    [Fact]
    public void APlannedDepartureGivesTheOthersItsLoadAndItsKeys()
    {
        PoolBench bench = Settled();
        PoolPlan plan = bench.Control.Plan(new PlanQuery(bench.Spec.Sla, bench.Spec.Nodes[..1], "ketama", null))!;
        NodePlan stays = plan.Nodes.Single(n => n.NodeId == "a");
        stays.PlannedQps.ShouldBe(8000, 200);
        stays.PresentQps.ShouldBe(4000, 100);
        plan.Nodes.Single(n => n.NodeId == "b").Membership.ShouldBe("leaves");
        plan.MovedKeysShare.ShouldBe(0.5, 0.1);
        plan.Steps.ShouldContain(s => s.Contains("shift", StringComparison.Ordinal) && s.Contains('b'));
    }

    [Fact]
    public void APlannedPromiseThatTheModelDoubtsIsWarnedOf()
    {
        PoolBench bench = Settled();
        PoolPlan same = bench.Control.Plan(new PlanQuery(bench.Spec.Sla, bench.Spec.Nodes, "ketama", null))!;
        same.MovedKeysShare.ShouldBe(0);
        same.PredictedPercentileUs!.Value.ShouldBeLessThan(500);
        same.PredictedWatts!.Value.ShouldBe(same.PresentWatts!.Value, 1);
        same.Warnings.ShouldBeEmpty();
        PoolPlan hard = bench.Control.Plan(new PlanQuery(new Sla(99, 20), bench.Spec.Nodes, "ketama", null))!;
        hard.Warnings.ShouldContain(w => w.Contains("probability", StringComparison.Ordinal));
        hard.Nodes.ShouldAllBe(n => n.Outlook.Setting.IsDefault);
    }

    [Fact]
    public void APlannedPoolWithoutNodesIsWarnedOf()
    {
        PoolBench bench = Settled();
        bench.Control.Plan(new PlanQuery(bench.Spec.Sla, [], "ketama", null))!.Warnings.ShouldContain(
            w => w.Contains("answer nothing", StringComparison.Ordinal));
    }

    private static PoolBench Settled()
    {
        PoolBench bench = new PoolBench(new ConstrainedSearch()).WithNodes("a", "b");
        bench.Run(400, () => bench.Control.View.Nodes.All(n => n is { Phase: TunerPhase.Hold, SettledSetting.IsDefault: false }))
            .ShouldBeTrue();
        return bench;
    }
}
