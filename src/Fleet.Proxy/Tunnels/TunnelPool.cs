using System.Net;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tunnels;

/// <summary>One loop's share of an l4 pool: its tunnels, and the choice of a server for each new one by weight, load and health.</summary>
internal sealed class TunnelPool(EventLoop loop, LoopPool pool)
{
    private readonly HashSet<Tunnel> _tunnels = [];
    private readonly Dictionary<NodeTarget, int> _open = [];
    private readonly Dictionary<NodeTarget, TrafficLedger> _ledgers = [];
    private long _drainTicks;

    /// <summary>The pool is gone and so are its tunnels.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Something waits for the clock.</summary>
    public bool HasTimer => _tunnels.Any(t => t.IsConnecting || t.CutAt != 0);

    /// <summary>Takes over an accepted connection, or the plain end of an encrypted one.</summary>
    public void Admit(int fd, bool isEncrypted = false)
    {
        if (!loop.TryEnter())
        {
            _ = Libc.Close(fd);
            return;
        }

        if (!isEncrypted)
        {
            SocketCalls.SetOption(fd, Libc.IpProtoTcp, Libc.TcpNoDelay, 1);
            SocketCalls.SetOption(fd, Libc.SolSocket, Libc.SoKeepAlive, 1);
        }

        var tunnel = new Tunnel(loop, this, fd, isEncrypted);
        _tunnels.Add(tunnel);
        pool.Published.CountClient(1);
        tunnel.Open();
    }

    /// <summary>Goes on with a tunnel of another process. One whose server is no more has the time that a removed server's tunnels have.</summary>
    public void Resume(TunnelState state)
    {
        NodeTarget? target = pool.Applied.Targets.FirstOrDefault(t => t.NodeId == state.NodeId && t.Address == state.Address);
        var tunnel = new Tunnel(loop, this, state.Client.Descriptor, isEncrypted: false);
        _tunnels.Add(tunnel);
        pool.Published.CountClient(1);
        if (state.NodeId.Length == 0)
        {
            tunnel.Open();
            return;
        }

        tunnel.CutAt = target is null ? Math.Max(loop.Now() + _drainTicks, 1) : 0;
        tunnel.Resume(state, target ?? new NodeTarget(state.NodeId, state.Address, new IPEndPoint(IPAddress.None, 0)));
    }

    /// <summary>Gives every tunnel away but those that are encrypted, which cannot change hands: they have until this process ends.</summary>
    public void HandOver(Action<Handed> take)
    {
        foreach (Tunnel tunnel in _tunnels.Where(t => !t.IsEncrypted).ToArray())
        {
            take(tunnel.Leave(pool.Published.PoolId));
        }
    }

    /// <summary>Takes a new snapshot: tunnels to servers that left have a while to end.</summary>
    public void Refresh(PoolSnapshot next)
    {
        _drainTicks = next.Rules is { } rules ? loop.TicksOf(TimeSpan.FromSeconds(rules.Health.DrainSeconds)) : _drainTicks;
        IsOver = next.Rules is null && _tunnels.Count == 0;
        long now = loop.Now();
        foreach (Tunnel tunnel in _tunnels.Where(t => !t.IsConnecting))
        {
            bool stays = next.Targets.Contains(tunnel.Target);
            tunnel.CutAt = stays ? 0 : tunnel.CutAt == 0 ? Math.Max(now + _drainTicks, 1) : tunnel.CutAt;
        }
    }

    public void Tick(long now)
    {
        foreach (Tunnel tunnel in _tunnels.ToArray())
        {
            tunnel.Tick(now);
        }
    }

    /// <summary>
    /// A server by weight: of two draws the one with fewer tunnels for its weight; ill ones only when no other is left. Null when all have
    /// been tried or none takes connections.
    /// </summary>
    public NodeTarget? Pick(IReadOnlyList<NodeTarget> tried) => Pick(tried, ill: false) ?? Pick(tried, ill: true);

    public void Joined(Tunnel tunnel) => _open[tunnel.Target] = _open.GetValueOrDefault(tunnel.Target) + 1;

    public void Parted(Tunnel tunnel)
    {
        int left = _open.GetValueOrDefault(tunnel.Target) - 1;
        _open[tunnel.Target] = left;
        if (left <= 0)
        {
            _open.Remove(tunnel.Target);
        }
    }

    public void Failed(NodeTarget target, string why)
    {
        NodeTraffic traffic = LedgerOf(target).Current;
        traffic.Requests++;
        traffic.Errors++;
        loop.NodeFailed(pool.Published.PoolId, target.NodeId, why);
    }

    /// <summary>A server took a connection.</summary>
    /// <param name="target">The server.</param>
    /// <param name="ticks">How long it took to.</param>
    public void Took(NodeTarget target, long ticks)
    {
        NodeTraffic traffic = LedgerOf(target).Current;
        traffic.Requests++;
        traffic.Latency.RecordNs((long)(ticks * loop.NsPerTick));
    }

    /// <summary>Where to count what passes to and from a server.</summary>
    public TrafficLedger LedgerOf(NodeTarget target)
    {
        if (!_ledgers.TryGetValue(target, out TrafficLedger? ledger))
        {
            _ledgers.Add(target, ledger = new TrafficLedger());
        }

        return ledger;
    }

    /// <summary>
    /// Each server's state, and what was counted of it since the last call: a connection is a request, and its latency the time that the
    /// server took to accept it, since nothing else is known of bytes that pass unread.
    /// </summary>
    public IReadOnlyList<NodeReport> Collect()
    {
        PoolSnapshot snapshot = pool.Applied;
        var reports = new List<NodeReport>();
        for (int i = 0; i < snapshot.Targets.Length; i++)
        {
            reports.Add(Report(snapshot.Targets[i], !snapshot.Standing(i).Ejected));
        }

        foreach (NodeTarget left in _ledgers.Keys.Where(t => !snapshot.Targets.Contains(t)).ToList())
        {
            if (_open.ContainsKey(left))
            {
                reports.Add(Report(left, reachable: true));
            }
            else
            {
                _ledgers.Remove(left);
            }
        }

        return reports;
    }

    public void Closed(Tunnel tunnel)
    {
        if (_tunnels.Remove(tunnel))
        {
            pool.Published.CountClient(-1);
            loop.LeaveTunnel();
            tunnel.PartIfJoined();
            IsOver = pool.Applied.Rules is null && _tunnels.Count == 0;
        }
    }

    private NodeReport Report(NodeTarget target, bool reachable) => new(
        pool.Published.PoolId, target.NodeId, reachable, _open.GetValueOrDefault(target), "", LedgerOf(target).Collect())
    {
        Address = target.Address,
        Reachable = reachable,
    };

    private NodeTarget? Pick(IReadOnlyList<NodeTarget> tried, bool ill)
    {
        PoolSnapshot snapshot = pool.Applied;
        double[] weights = new double[snapshot.Targets.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            NodeStanding standing = snapshot.Standing(i);
            bool eligible = standing.Ejected == ill && !tried.Contains(snapshot.Targets[i]);
            weights[i] = eligible ? snapshot.Table.Nodes[i].Weight * standing.Ramp : 0;
        }

        double total = weights.Sum();
        if (!(total > 0))
        {
            return null;
        }

        int first = Draw(weights, total);
        int second = Draw(weights, total);
        double Load(int i) => _open.GetValueOrDefault(snapshot.Targets[i]) / weights[i];
        return snapshot.Targets[Load(second) < Load(first) ? second : first];
    }

    private int Draw(double[] weights, double total)
    {
        double rest = loop.Random.NextDouble() * total;
        int last = 0;
        for (int i = 0; i < weights.Length && rest >= 0; i++)
        {
            last = weights[i] > 0 ? i : last;
            rest -= weights[i];
        }

        return last;
    }
}
