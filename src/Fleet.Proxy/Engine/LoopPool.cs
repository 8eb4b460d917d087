using System.Collections.Immutable;
using System.Text;
using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Routes;
using Fleet.Proxy.Transfers;
using Fleet.Proxy.Tunnels;

namespace Fleet.Proxy.Engine;

/// <summary>One loop's share of a pool: its listening socket, its clients, its connection to each node.</summary>
internal sealed class LoopPool(EventLoop loop, PublishedPool published)
{
    private (byte[] Prefix, string Pool)[] _prefixes = [];
    private NodeConnection[] _nodes = [];
    private NodeConnection[] _previousOwners = [];
    private StagedRoute? _staged;
    private HashTag _tag;
    private TunnelPool? _tunnels;

    public PublishedPool Published { get; } = published;

    /// <summary>The snapshot that this loop serves by.</summary>
    public PoolSnapshot Applied { get; private set; } = PoolSnapshot.Empty;

    /// <summary>The listening sockets: one, or what a predecessor with more loops left.</summary>
    public List<Listener> Listeners { get; } = [];

    /// <summary>The tunnels of an l4 pool; null for memcached.</summary>
    public TunnelPool? Tunnels => _tunnels;

    /// <summary>What the pool's rules did on this loop.</summary>
    public RouteCounts Counts { get; } = published.CountsOf(loop.Index);

    public HashSet<ClientConnection> Clients { get; } = [];

    /// <summary>Connections parallel to the applied table's nodes, for a request to all of them: what is staged goes first.</summary>
    public NodeConnection[] Nodes
    {
        get
        {
            _staged?.Complete();
            return _nodes;
        }
    }

    /// <summary>Connections parallel to the applied table's nodes.</summary>
    public ReadOnlySpan<NodeConnection> Connections => _nodes;

    /// <summary>Makes the pool one of tunnels, before it listens.</summary>
    public void OpenTunnels() => _tunnels = loop.OpenTunnels(this);

    /// <summary>Where a request for a key goes; null when no node takes requests.</summary>
    public IOutlet? Find(ReadOnlySpan<byte> key)
    {
        LoopPool pool = _prefixes.Length == 0 ? this : ByPrefix(key);
        return pool._staged is { } staged ? staged.Open(key) : pool.Plain(key);
    }

    /// <summary>A key's owner is all there is to its way: no rules of this pool's, no other pool by prefix.</summary>
    public bool IsPlain => _prefixes.Length == 0 && _staged is null;

    /// <summary>The part of a key that decides its owner.</summary>
    public KeySpan Placing(ReadOnlySpan<byte> text, KeySpan key) => _tag.Of(text, key);

    /// <summary>The owners of many keys among the <see cref="Connections"/>; -1 when no node takes requests.</summary>
    /// <param name="text">Holds the keys.</param>
    /// <param name="placing">What decides the owner of each.</param>
    /// <param name="owners">Takes an index for each.</param>
    public void Find(ReadOnlySpan<byte> text, ReadOnlySpan<KeySpan> placing, Span<int> owners) => Applied.Table.Find(text, placing, owners);

    /// <summary>Begins to store a large value where its key belongs. Returns why it cannot be, as the reply; null when it has begun.</summary>
    public byte[]? BeginStore(LargeStore store, ReadOnlySpan<byte> key, ReadOnlySpan<byte> line)
    {
        LoopPool pool = _prefixes.Length == 0 ? this : ByPrefix(key);
        if (pool._staged is { } staged)
        {
            return staged.BeginStore(store, key, line);
        }

        NodeConnection? node = pool.Plain(key);
        byte[]? refusal = node is null ? Replies.NoNode : node.Refusal();
        if (refusal is null)
        {
            store.Begin(node!, line);
        }

        return refusal;
    }

    /// <summary>The connection to the key's owner, whatever its state; null when no node takes requests.</summary>
    public NodeConnection? Plain(ReadOnlySpan<byte> key)
    {
        int index = Applied.Table.Find(_tag.Of(key));
        return index < 0 ? null : _nodes[index];
    }

    /// <summary>The key's owner, or by the failover rule what stands in for one that cannot be used.</summary>
    public NodeConnection? Owner(ReadOnlySpan<byte> key, out bool failedOver)
    {
        failedOver = false;
        int index = Applied.Table.Find(_tag.Of(key));
        if (index < 0 || Applied.Rules!.Failover is not { } failover || IsUsable(index))
        {
            return index < 0 ? null : _nodes[index];
        }

        NodeConnection? other;
        if (failover.Pool is { } gutter)
        {
            other = loop.Pools.TryGetValue(gutter, out LoopPool? pool) ? pool.Plain(key) : null;
        }
        else
        {
            Span<bool> usable = stackalloc bool[_nodes.Length];
            Usable(usable);
            int next = Applied.Table.Find(_tag.Of(key), usable);
            other = next < 0 ? null : _nodes[next];
        }

        failedOver = other is { IsUsable: true } && other.Refusal() is null;
        return failedOver ? other : _nodes[index];
    }

    /// <summary>The replica that decides for a key: its owner among those that can be used, or any that can.</summary>
    public NodeConnection? Primary(ReadOnlySpan<byte> key)
    {
        Span<bool> usable = stackalloc bool[_nodes.Length];
        Usable(usable);
        int index = Applied.Table.Find(_tag.Of(key), usable);
        index = index < 0 ? Applied.Table.Find(_tag.Of(key)) : index;
        return index < 0 ? null : _nodes[index];
    }

    /// <summary>A replica by weight: of two draws the one with less in flight for its weight. Null when none can be used.</summary>
    public NodeConnection? PickReplica()
    {
        double total = 0;
        for (int i = 0; i < _nodes.Length; i++)
        {
            total += Weight(i);
        }

        if (!(total > 0))
        {
            return null;
        }

        int first = Draw(total);
        int second = Draw(total);
        return _nodes[Load(second) < Load(first) ? second : first];
    }

    /// <summary>A replica beside two others, the next in the key's order; null when none can be used.</summary>
    public NodeConnection? OtherReplica(ReadOnlySpan<byte> key, NodeConnection one, NodeConnection two)
    {
        Span<bool> usable = stackalloc bool[_nodes.Length];
        Usable(usable);
        for (int i = 0; i < usable.Length; i++)
        {
            usable[i] &= _nodes[i] != one && _nodes[i] != two;
        }

        int index = Applied.Table.Find(_tag.Of(key), usable);
        return index < 0 ? null : _nodes[index];
    }

    /// <summary>The node to read a hot key from: of two of its copies the one with less in flight.</summary>
    public NodeConnection? Copy(ReadOnlySpan<byte> key, int copies)
    {
        Span<int> found = stackalloc int[HotKeyRule.MostCopies];
        int count = Copies(key, found[..copies]);
        if (count == 0)
        {
            return null;
        }

        NodeConnection first = _nodes[found[loop.Random.Next(count)]];
        NodeConnection second = _nodes[found[loop.Random.Next(count)]];
        return second.InFlight < first.InFlight ? second : first;
    }

    /// <summary>Calls for each node that may have a copy of a hot key, its owner included.</summary>
    public void ForEachCopy<T>(ReadOnlySpan<byte> key, int copies, T state, Action<T, NodeConnection> action)
    {
        Span<int> found = stackalloc int[HotKeyRule.MostCopies];
        int count = Copies(key, found[..copies]);
        for (int i = 0; i < count; i++)
        {
            action(state, _nodes[found[i]]);
        }
    }

    /// <summary>The key's owner before a change; null when there was none or its connection is gone.</summary>
    public NodeConnection? PreviousOwner(Move move, ReadOnlySpan<byte> key)
    {
        int index = move.Previous.Find(_tag.Of(key));
        return index < 0 ? null : Connection(move.Targets[index]);
    }

    /// <summary>True when a change that is still warmed up moved the key to a node.</summary>
    public bool HasMoved(ReadOnlySpan<byte> key, NodeConnection node)
    {
        foreach (Move move in Applied.Moves)
        {
            if (PreviousOwner(move, key) is { } previous && previous != node)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the published snapshot: connects to new nodes, keeps those that stay, drains those that go.</summary>
    public void Refresh()
    {
        PoolSnapshot next = Published.Current;
        if (ReferenceEquals(next, Applied))
        {
            return;
        }

        _staged?.Complete();
        NodeConnection[] before = [.. _nodes, .. _previousOwners];
        NodeConnection Open(NodeTarget target) =>
            Array.Find(before, n => n.Target == target) ?? loop.OpenNode(Published.PoolId, target);
        _nodes = Published.IsTunnel ? [] : [.. next.Targets.Select(Open)];
        _previousOwners =
        [
            .. next.Moves.SelectMany(m => m.Targets).Distinct().Where(t => !next.Targets.Contains(t))
                .Select(t => Array.Find(before, n => n.Target == t)).OfType<NodeConnection>(),
        ];
        Applied = next;
        Adopt(next);
        _tunnels?.Refresh(next);
        TakeSendDelays();
        foreach (NodeConnection node in before.Except(_nodes).Except(_previousOwners))
        {
            node.Drain();
        }
    }

    /// <summary>Takes the published delays; what is gathered already leaves when it was due.</summary>
    public void TakeSendDelays()
    {
        ImmutableDictionary<string, TimeSpan> delays = Published.SendDelays;
        foreach (NodeConnection node in _nodes)
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

    private void Adopt(PoolSnapshot next)
    {
        PoolDefinition? rules = next.Rules;
        HashTag.TryParse(rules?.HashTag, out _tag);
        _prefixes =
        [
            .. (rules?.Prefixes ?? []).Select(p => (Prefix: Encoding.UTF8.GetBytes(p.Prefix), p.Pool)).OrderByDescending(p => p.Prefix.Length),
        ];
        bool staged = rules is not null && (rules.Kind == PoolKind.Replicated || rules.Failover is not null || rules.HotKeys is not null
            || rules.Shadow is not null || rules.Coalesce || !next.Moves.IsEmpty);
        _staged = staged ? _staged ?? new StagedRoute(loop, this) : null;
    }

    private LoopPool ByPrefix(ReadOnlySpan<byte> key)
    {
        foreach ((byte[] prefix, string id) in _prefixes)
        {
            if (key.StartsWith(prefix))
            {
                return loop.Pools.GetValueOrDefault(id) ?? this;
            }
        }

        return this;
    }

    private NodeConnection? Connection(NodeTarget target)
    {
        foreach (NodeConnection node in _nodes)
        {
            if (node.Target == target)
            {
                return node;
            }
        }

        foreach (NodeConnection node in _previousOwners)
        {
            if (node.Target == target)
            {
                return node;
            }
        }

        return null;
    }

    private bool IsUsable(int index) => !Applied.Standing(index).Ejected && _nodes[index].IsUsable;

    private void Usable(Span<bool> usable)
    {
        for (int i = 0; i < usable.Length; i++)
        {
            usable[i] = IsUsable(i);
        }
    }

    private double Weight(int index) => IsUsable(index) ? Applied.Table.Nodes[index].Weight * Applied.Standing(index).Ramp : 0;

    private double Load(int index) => _nodes[index].InFlight / Weight(index);

    private int Draw(double total)
    {
        double rest = loop.Random.NextDouble() * total;
        int last = 0;
        for (int i = 0; i < _nodes.Length && rest >= 0; i++)
        {
            double weight = Weight(i);
            last = weight > 0 ? i : last;
            rest -= weight;
        }

        return last;
    }

    private int Copies(ReadOnlySpan<byte> key, Span<int> found)
    {
        Span<bool> usable = stackalloc bool[_nodes.Length];
        Usable(usable);
        for (int i = 0; i < found.Length; i++)
        {
            int next = Applied.Table.Find(_tag.Of(key), usable);
            if (next < 0)
            {
                return i;
            }

            (found[i], usable[next]) = (next, false);
        }

        return found.Length;
    }
}
