using System.Net;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>How clients come in.</summary>
internal sealed unsafe partial class EventLoop
{
    /// <summary>Takes over the plain end of an encrypted connection.</summary>
    /// <param name="fd">The loop's end of a socket pair.</param>
    /// <param name="poolId">The pool; when it is gone, so is the connection.</param>
    /// <param name="address">The address that the client is connected to.</param>
    public void AdmitDecrypted(int fd, string poolId, IPEndPoint address)
    {
        if (!Pools.TryGetValue(poolId, out LoopPool? pool))
        {
            _ = Libc.Close(fd);
        }
        else if (pool.Tunnels is { } tunnels)
        {
            tunnels.Admit(fd, isEncrypted: true);
        }
        else if (TryCountIn(fd))
        {
            _ = Open(fd, pool, address);
        }
    }

    private bool TryCountIn(int fd)
    {
        if (!_shared.TryAddConnection(Limits.MaxConnections))
        {
            Counters.ConnectionsRefused++;
            fixed (byte* reply = "SERVER_ERROR too many connections\r\n"u8)
            {
                _ = Libc.Send(fd, reply, 35, Libc.MsgNoSignal);
            }

            Libc.Close(fd);
            return false;
        }

        return true;
    }
}
