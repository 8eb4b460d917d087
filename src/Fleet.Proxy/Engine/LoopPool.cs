using System.Collections.Immutable;

namespace Fleet.Proxy.Engine;

/// <summary>One loop's share of a pool: its listening socket, its clients, its connection to each node.</summary>
internal sealed class LoopPool(EventLoop loop, PublishedPool published)
{
    private PoolSnapshot _applied = PoolSnapshot.Empty;

    public PublishedPool Published { get; } = published;

    /// <summary>The listening socket, once open.</summary>
    public Listener? Listener { get; set; }

    public HashSet<ClientConnection> Clients { get; } = [];

    /// <summary>Connections parallel to the applied table's nodes.</summary>
    public NodeConnection[] Nodes { get; private set; } = [];

    /// <summary>The connection to the key's owner; null when no node takes requests.</summary>
    public NodeConnection? Find(ReadOnlySpan<byte> key)
    {
        int index = _applied.Table.Find(key);
        return index < 0 ? null : Nodes[index];
    }

    /// <summary>Takes the published snapshot: connects to new nodes, keeps those that stay, drains those that go.</summary>
    public void Refresh()
    {
        PoolSnapshot next = Published.Current;
        if (ReferenceEquals(next, _applied))
        {
            return;
        }

        var nodes = new NodeConnection[next.Targets.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = Array.Find(Nodes, n => n.Target == next.Targets[i]) ?? loop.OpenNode(Published.PoolId, next.Targets[i]);
        }

        NodeConnection[] previous = Nodes;
        (Nodes, _applied) = (nodes, next);
        TakeSendDelays();
        foreach (NodeConnection node in previous)
        {
            if (!nodes.Contains(node))
            {
                node.Drain();
            }
        }
    }

    /// <summary>Takes the published delays; what is gathered already leaves when it was due.</summary>
    public void TakeSendDelays()
    {
        ImmutableDictionary<string, TimeSpan> delays = Published.SendDelays;
        foreach (NodeConnection node in Nodes)
        {
            node.SendDelayTicks = loop.TicksOf(delays.GetValueOrDefault(node.Target.NodeId));
        }

        loop.SendDelaysChanged();
    }

    /// <summary>The pool goes: clients leave after their last reply, then the nodes close.</summary>
    public void Retire()
    {
        foreach (ClientConnection client in Clients)
        {
            client.Leave();
        }

        Published.Current = PoolSnapshot.Empty;
        Refresh();
    }
}
