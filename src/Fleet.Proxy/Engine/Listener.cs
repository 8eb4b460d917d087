using System.Runtime.InteropServices;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Engine;

/// <summary>A loop's listening socket of one pool; the kernel spreads connections over the loops' sockets of one port.</summary>
internal sealed unsafe class Listener(EventLoop loop, LoopPool pool) : Pollable
{
    private const int AcceptsPerTurn = 64;

    /// <inheritdoc />
    public override void OnEvents(uint events)
    {
        for (int i = 0; i < AcceptsPerTurn; i++)
        {
            int fd = Libc.Accept(Fd, null, null, Libc.SockNonBlock | Libc.SockCloExec);
            if (fd >= 0)
            {
                if (pool.Tunnels is { } tunnels)
                {
                    tunnels.Admit(fd);
                }
                else
                {
                    loop.Admit(fd, pool);
                }

                continue;
            }

            if (Marshal.GetLastPInvokeError() is Libc.ErrFiles or Libc.ErrFileTable)
            {
                loop.PauseAccepting(this);
            }

            return;
        }
    }
}
