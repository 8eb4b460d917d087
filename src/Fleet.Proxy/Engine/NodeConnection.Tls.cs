using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;
using Fleet.Proxy.Tls;

namespace Fleet.Proxy.Engine;

/// <summary>Nodes that speak TLS.</summary>
internal sealed partial class NodeConnection
{
    private long _attempt;

    private void Dial(TlsDialer tls)
    {
        long attempt = ++_attempt;
        tls.Dial(_loop, Target, (fd, error) => Dialled(attempt, fd, error));
    }

    private void Dialled(long attempt, int fd, string error)
    {
        bool wanted = attempt == _attempt && Fd < 0 && _state is NodeLinkState.Connecting or NodeLinkState.Retrying;
        if (!wanted)
        {
            _ = fd < 0 ? 0 : Libc.Close(fd);
        }
        else if (fd < 0)
        {
            Lose(Replies.ConnectFailed, error, reconnectNow: false);
        }
        else
        {
            Fd = fd;
            _loop.Register(this, Libc.EpollOut);
            Connected();
        }
    }
}
