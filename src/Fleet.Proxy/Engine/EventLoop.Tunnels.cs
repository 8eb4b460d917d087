using Fleet.Proxy.Tunnels;

namespace Fleet.Proxy.Engine;

/// <summary>What l4 pools need of their loop.</summary>
internal sealed unsafe partial class EventLoop
{
    private readonly List<TunnelPool> _tunnels = [];

    /// <summary>The tunnels of an l4 pool, which outlive it until they have ended.</summary>
    public TunnelPool OpenTunnels(LoopPool pool)
    {
        var tunnels = new TunnelPool(this, pool);
        _tunnels.Add(tunnels);
        return tunnels;
    }

    /// <summary>Counts a client in; false when there are too many.</summary>
    public bool TryEnter()
    {
        bool room = _shared.TryAddConnection(Limits.MaxConnections);
        Counters.Connections += room ? 1 : 0;
        Counters.ConnectionsTotal += room ? 1 : 0;
        Counters.ConnectionsRefused += room ? 0 : 1;
        return room;
    }

    /// <summary>Counts a tunnel's client out.</summary>
    public void LeaveTunnel()
    {
        Counters.Connections--;
        _shared.RemoveConnection();
    }

    /// <summary>A server did not take a connection.</summary>
    public void NodeFailed(string poolId, string nodeId, string error) => _shared.NodeFailed(poolId, nodeId, error);

    private bool TunnelsNeedTick()
    {
        if (_transfers.Count > 0)
        {
            return true;
        }

        for (int i = 0; i < _tunnels.Count; i++)
        {
            if (_tunnels[i].HasTimer)
            {
                return true;
            }
        }

        return false;
    }

    private void TickTunnels(long now)
    {
        TickTransfers(now);
        for (int i = _tunnels.Count - 1; i >= 0; i--)
        {
            _tunnels[i].Tick(now);
            if (_tunnels[i].IsOver)
            {
                _tunnels.RemoveAt(i);
            }
        }
    }
}
