using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Metrics;

/// <summary>Running totals per node, fed by every telemetry slice and read by scrapes; a node that left is forgotten.</summary>
internal sealed class TrafficTotals
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Pool, string Node), NodeTotals> _nodes = [];

    /// <summary>Called after every slice that all loops answered: they make progress.</summary>
    public Action Sliced { get; set; } = () => { };

    /// <summary>Takes what the loops counted in one slice.</summary>
    public void Take(IReadOnlyList<NodeReport> reports)
    {
        lock (_gate)
        {
            foreach (NodeTotals node in _nodes.Values)
            {
                (node.Reported, node.InFlight, node.Links) = (false, 0, default);
            }

            foreach (NodeReport report in reports)
            {
                if (!_nodes.TryGetValue((report.PoolId, report.NodeId), out NodeTotals? node))
                {
                    _nodes.Add((report.PoolId, report.NodeId), node = new NodeTotals());
                }

                node.Reported = true;
                node.InFlight += report.InFlight;
                node.Links = (node.Links.Loops + 1, node.Links.Connected + (report.Connected ? 1 : 0));
                node.Add(report.Traffic!);
            }

            foreach ((string, string) gone in _nodes.Where(n => !n.Value.Reported).Select(n => n.Key).ToList())
            {
                _nodes.Remove(gone);
            }
        }

        Sliced();
    }

    /// <summary>One value per node.</summary>
    public IReadOnlyList<T> Read<T>(Func<string, string, NodeTotals, T> read)
    {
        lock (_gate)
        {
            return [.. _nodes.Select(n => read(n.Key.Pool, n.Key.Node, n.Value))];
        }
    }
}
