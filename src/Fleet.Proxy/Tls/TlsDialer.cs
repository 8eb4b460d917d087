using System.Net.Security;
using System.Net.Sockets;
using Fleet.Hosting.Security;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tls;

/// <summary>
/// Connects to nodes by TLS. A loop gets the plain bytes over a socket pair once the handshake is done and the node's certificate is good.
/// </summary>
internal sealed class TlsDialer(TlsIdentity identity, TimeSpan limit, TimeProvider time, CancellationToken end)
{
    /// <summary>Connects; the loop is told the descriptor, or -1 and why there is none, in a later turn.</summary>
    /// <param name="loop">Gets the plain end.</param>
    /// <param name="target">The node.</param>
    /// <param name="done">Told in the loop's turn.</param>
    /// <param name="eachWayEnds">The loop may listen on when it has sent its last.</param>
    public void Dial(EventLoop loop, NodeTarget target, Action<int, string> done, bool eachWayEnds = false) =>
        _ = DialAsync(loop, target, done, eachWayEnds);

    /// <summary>Makes a connected socket's stream an encrypted one.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The node's certificate is not good.</exception>
    public async Task<SslStream> AuthenticateAsync(Socket socket, NodeTarget target, CancellationToken cancel)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: false));
        try
        {
            SslClientAuthenticationOptions options = identity.ForClient();
            options.TargetHost = target.Host;
            await tls.AuthenticateAsClientAsync(options, cancel).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task DialAsync(EventLoop loop, NodeTarget target, Action<int, string> done, bool eachWayEnds)
    {
        var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            SslStream tls;
            using (var late = new CancellationTokenSource(limit, time))
            using (var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, end))
            {
                await socket.ConnectAsync(target.EndPoint, both.Token).ConfigureAwait(false);
                tls = await AuthenticateAsync(socket, target, both.Token).ConfigureAwait(false);
            }

            (int mine, int loops) = Libc.Pair();
            loop.Post(() => done(loops, ""));
            var local = new Socket(new SafeSocketHandle(mine, ownsHandle: true));
            await TlsPump.RunAsync(socket, tls, local, eachWayEnds, time, end).ConfigureAwait(false);
        }
        catch (Exception e) when (TlsPump.IsEnd(e))
        {
            loop.Post(() => done(-1, e is OperationCanceledException ? "the connection attempt got no answer in time" : $"TLS: {e.Message}"));
        }
        finally
        {
            socket.Dispose();
        }
    }
}
