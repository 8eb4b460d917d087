using System.Collections.Immutable;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Search;

namespace Fleet.Controller.Grains;

/// <summary>What a pool answers to people; nothing here changes anything.</summary>
internal sealed partial class PoolGrain
{
    /// <summary>Why the node has its setting.</summary>
    public Task<NodeExplanation> ExplainAsync(string nodeId, int limit, CancellationToken ct) => AdviseAsync(
        advisor => advisor.Explain(nodeId, limit) ?? throw FleetFault.NoNode(PoolId, nodeId), ct);

    /// <summary>What a change would do.</summary>
    /// <param name="change">Makes the document as it would be.</param>
    /// <param name="qps">Load to plan for, requests per second; null: the present load.</param>
    /// <param name="ct">Gives up waiting.</param>
    public Task<PoolPlan> PlanAsync(Func<PoolDocument, PoolDocument> change, double? qps, CancellationToken ct) => AdviseAsync(
        advisor =>
        {
            PoolDocument wished = change(_document);
            PoolSpec spec = SpecOf(wished);
            return advisor.Plan(new PlanQuery(spec.Sla, spec.Nodes, wished.Policy, qps))!;
        },
        ct);

    /// <summary>What the decider is told of a document: a halted pool observes, whatever its mode.</summary>
    private static PoolSpec SpecOf(PoolDocument d)
    {
        ImmutableArray<NodeSpec> nodes =
        [
            .. d.Nodes.Where(n => !n.Leaving).Select(n => new NodeSpec(
                n.NodeId, n.Address, n.Agent is not null, n.Weight, n.Cordoned || n.Drained, n.Paused, n.Drained)),
        ];
        return new PoolSpec(
            d.PoolId, new Sla(d.Percentile, d.LatencyUs), d.Halted ? ControlMode.Observe : d.Mode, nodes, d.ExplorationShare, d.Paused,
            d.Balance, Math.Max(1, d.MinActiveNodes))
        {
            // A document of an older version may name an objective that this one refuses: its pool keeps the default.
            Objective = Objective.Parse(d.Objective, d.PowerCapWatts, out _) ?? Objective.LeastWatts,
        };
    }

    private Task<T> AdviseAsync<T>(Func<IPoolAdvisor, T> ask, CancellationToken ct) => _mailbox.AskAsync(
        () => _gone ? throw FleetFault.NoPool(PoolId)
            : _control is IPoolAdvisor advisor ? Task.FromResult(ask(advisor))
            : throw new NotSupportedException($"the decider of pool '{PoolId}' gives no advice"),
        ct);
}
