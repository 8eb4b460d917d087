using System.Net;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>Connections that come from another process, and that go to one.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>Goes on with a client of another process; one of a pool that is no more is closed.</summary>
    public void Adopt(ClientState state)
    {
        if (!Pools.TryGetValue(state.PoolId, out LoopPool? pool))
        {
            _ = Libc.Close(state.Descriptor);
            return;
        }

        // A client that was let in stays, whatever the limit says now.
        _ = _shared.TryAddConnection(int.MaxValue);
        Open(state.Descriptor, pool).Resume(state);
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

    // The set watches the open socket, not the number: while another process has the socket open, closing it here would not end that.
    private int StopWatching(Pollable item)
    {
        Forget(item);
        _table.Remove(item.Registration);
        int fd = item.Fd;
        item.Fd = -1;
        return fd;
    }
}
