using Fleet.Core.Tests.Control;

namespace Fleet.Core.Tests.Planning;

/// <summary>A settled setting goes to the class stage by stage: one node, 5 %, 25 %, all.</summary>
public class RolloutTests
{
    private const double BakeSeconds = 8;
    private static readonly string[] Ids = [.. Enumerable.Range(10, 40).Select(i => $"n{i}")];

    [Fact]
    public void EachStageWaitsForTheOneBefore()
    {
        PoolBench bench = Pool();
        DateTimeOffset? settled = null;
        bench.Run(400, () =>
        {
            settled ??= bench.Control.View.Nodes.Any(n => !n.SettledSetting.IsDefault) ? bench.Now : null;
            return settled is not null && bench.Control.View.Nodes.All(n => !n.SettledSetting.IsDefault);
        }).ShouldBeTrue();
        int Takers(double bakes) => bench.Decisions
            .Count(d => d.Kind == "jump" && d.At <= settled!.Value + TimeSpan.FromSeconds((bakes * BakeSeconds) - 0.5));
        Takers(1).ShouldBe(0, "the first stage is the node that settled it");
        Takers(2).ShouldBeInRange(1, 2, "5 % of 40");
        Takers(3).ShouldBeInRange(3, 10, "25 % of 40");
        Takers(5).ShouldBeGreaterThan(25, "all");
    }

    [Fact]
    public void ATakerThatHasToLeaveTheSettingEndsTheRollout()
    {
        PoolBench bench = Pool();

        // Every node but the first breaks the promise with the setting that the first one settled.
        bench.NodeLatencyUs = (id, s) => id == "n10" || s.IsDefault ? 100 : 900;
        bench.Run(400);
        bench.Decisions.Where(d => d.Kind == "jump").Select(d => d.NodeId).Distinct().Count().ShouldBeLessThanOrEqualTo(6);
    }

    private static PoolBench Pool()
    {
        // The second node to search never ends, so that all others wait for the budget and would rather take what is known.
        var search = new ScriptedSearch
        {
            Script = r => r.NodeId != "n10" ? ScriptedSearch.Probe(r.Space[0])
                : r.TrialsSoFar < 4 ? ScriptedSearch.Probe(r.Space[r.TrialsSoFar])
                : ScriptedSearch.Settle(PoolBench.Timer(400)),
        };
        var bench = new PoolBench(search, options: o => o with
        {
            Planning = o.Planning with { MaxExploringShare = 0.01, RolloutBake = TimeSpan.FromSeconds(BakeSeconds) },
        }) { Qps = 40 * 8000 };
        return bench.WithNodes(Ids);
    }
}
