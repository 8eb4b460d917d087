using System.Net;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>Connections that come from another process, and that go to one.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>Goes on with a client or a tunnel of another process; one of a pool that is no more is closed.</summary>
    public void Adopt(Handed state)
    {
        if (state is ClientState client && Pools.TryGetValue(client.PoolId, out LoopPool? pool) && pool.Tunnels is null)
        {
            // A client that was let in stays, whatever the limit says now.
            _ = _shared.TryAddConnection(int.MaxValue);
            Open(client.Descriptor, pool).Resume(client);
        }
        else if (state is TunnelState tunnel && Pools.GetValueOrDefault(tunnel.PoolId)?.Tunnels is { } tunnels)
        {
            _ = _shared.TryAddConnection(int.MaxValue);
            Counters.Connections++;
            Counters.ConnectionsTotal++;
            tunnels.Resume(tunnel);
        }
        else
        {
            state.Close();
        }
    }

    /// <summary>Forgets a client without closing its connection, and returns that.</summary>
    public int Detach(ClientConnection client)
    {
        int fd = StopWatching(client);
        Counters.Connections--;
        _shared.RemoveConnection();
        return fd;
    }

    /// <summary>Stops accepting on a socket that goes on to live in another process.</summary>
    public void LetGo(Listener listener) => _ = Libc.Close(StopWatching(listener));

    private ClientConnection Open(int fd, LoopPool pool, IPEndPoint? address = null)
    {
        ClientConnection client = _freeClients.TryPop(out ClientConnection? free) ? free : new ClientConnection(this);
        client.Open(pool, address);
        client.Fd = fd;
        pool.Clients.Add(client);
        pool.Published.CountClient(1);
        Counters.Connections++;
        Counters.ConnectionsTotal++;
        Register(client, Libc.EpollIn);
        return client;
    }

    /// <summary>
    /// Forgets a connection without closing it, and returns it. The set watches the open socket, not the number: while another process has
    /// the socket open, closing it here would not end that.
    /// </summary>
    public int StopWatching(Pollable item)
    {
        Forget(item);
        _table.Remove(item.Registration);
        int fd = item.Fd;
        item.Fd = -1;
        return fd;
    }
}
