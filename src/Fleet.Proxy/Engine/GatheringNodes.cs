namespace Fleet.Proxy.Engine;

/// <summary>The loop's node connections that hold requests back for company, and when the next of them must send.</summary>
internal sealed class GatheringNodes
{
    // A timer costs as much as a request, so a turn that happens anyway also sends what would be due within this part of its delay: half
    // the time between two looks at the clients.
    private const int EarlyPart = 8;

    private readonly List<NodeConnection> _nodes = [];

    /// <summary>Whether any connection gathers.</summary>
    public bool Any => _nodes.Count > 0;

    /// <summary>When the first of them is due; <see cref="long.MaxValue"/> when none gathers.</summary>
    public long EarliestDue
    {
        get
        {
            long earliest = long.MaxValue;
            for (int i = 0; i < _nodes.Count; i++)
            {
                earliest = Math.Min(earliest, _nodes[i].DueAt);
            }

            return earliest;
        }
    }

    /// <summary>Notes that a node's requests leave at its <see cref="NodeConnection.DueAt"/>.</summary>
    public void Add(NodeConnection node) => _nodes.Add(node);

    /// <summary>Sends what is due, or nearly; false when nothing was.</summary>
    public bool SendDue(long now)
    {
        bool sent = false;
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            NodeConnection node = _nodes[i];
            if (node.DueAt - now <= node.SendDelayTicks / EarlyPart)
            {
                _nodes.RemoveAt(i);
                node.SendGathered(now);
                sent = true;
            }
        }

        return sent;
    }
}
