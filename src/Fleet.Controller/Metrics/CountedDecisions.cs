using Fleet.Controller.Audit;
using Fleet.Core.Control;

namespace Fleet.Controller.Metrics;

/// <summary>Counts decisions on their way to the log, and remembers each node's latest measured one.</summary>
internal sealed class CountedDecisions(IDecisionLog inner) : IDecisionLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Pool, string Node), NodeDecisions> _nodes = [];

    /// <inheritdoc/>
    public void Add(string poolId, DecisionRecord decision)
    {
        lock (_gate)
        {
            if (!_nodes.TryGetValue((poolId, decision.NodeId), out NodeDecisions? node))
            {
                _nodes[(poolId, decision.NodeId)] = node = new NodeDecisions();
            }

            node.Kinds[decision.Kind] = node.Kinds.GetValueOrDefault(decision.Kind) + 1;
            node.Measured = decision.MeasuredWatts is null && decision.MeasuredPercentileUs is null ? node.Measured : decision;
            node.Predicted = decision.PredictedWatts is null ? node.Predicted : decision;
        }

        inner.Add(poolId, decision);
    }

    /// <inheritdoc/>
    public IReadOnlyList<DecisionRecord> Latest(string poolId, string? nodeId, int limit) => inner.Latest(poolId, nodeId, limit);

    /// <summary>Counts of one node's decisions by kind; empty without any.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Kinds(string poolId, string nodeId)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue((poolId, nodeId), out NodeDecisions? node) ? [.. node.Kinds] : [];
        }
    }

    /// <summary>The latest decision of a node that has measured figures, and the latest that has predicted ones.</summary>
    public (DecisionRecord? Measured, DecisionRecord? Predicted) Latest(string poolId, string nodeId)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue((poolId, nodeId), out NodeDecisions? node) ? (node.Measured, node.Predicted) : (null, null);
        }
    }

    /// <summary>Forgets nodes that are gone.</summary>
    public void Keep(IReadOnlySet<(string Pool, string Node)> nodes)
    {
        lock (_gate)
        {
            foreach ((string, string) gone in _nodes.Keys.Where(n => !nodes.Contains(n)).ToList())
            {
                _nodes.Remove(gone);
            }
        }
    }

    private sealed class NodeDecisions
    {
        public Dictionary<string, long> Kinds { get; } = new(StringComparer.Ordinal);

        public DecisionRecord? Measured { get; set; }

        public DecisionRecord? Predicted { get; set; }
    }
}
