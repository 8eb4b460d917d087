using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Fleet.Hosting.Security;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Tls;

/// <summary>
/// The listening socket of a pool whose clients speak TLS. Handshakes and ciphers run on the thread pool; a loop gets the plain bytes as it
/// gets any client's, over a socket pair, so a slow or hostile handshake costs no loop anything.
/// </summary>
internal sealed class TlsFront : IDisposable
{
    /// <summary>Longest time that a client may take for its handshake.</summary>
    public static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Socket _listener;
    private readonly Action<int, IPEndPoint> _admit;
    private readonly int _maxConnections;
    private readonly bool _eachWayEnds;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _end = new();
    private volatile TlsIdentity _identity;
    private int _open;
    private bool _started;

    /// <param name="listener">Listening descriptor; owned from here on.</param>
    /// <param name="bound">Where it listens.</param>
    /// <param name="identity">The certificate to show and the clients to let in.</param>
    /// <param name="admit">Takes the loop's end of a pair, and the address that the client is connected to.</param>
    /// <param name="maxConnections">Connections at one time, those in their handshake included.</param>
    /// <param name="eachWayEnds">The loop may listen on when it has sent its last.</param>
    /// <param name="time">Clock.</param>
    public TlsFront(
        int listener,
        IPEndPoint bound,
        TlsIdentity identity,
        Action<int, IPEndPoint> admit,
        int maxConnections,
        bool eachWayEnds,
        TimeProvider time)
    {
        (_identity, _admit, _maxConnections, _eachWayEnds, _time) = (identity, admit, maxConnections, eachWayEnds, time);
        (Bound, Descriptor) = (bound, listener);
        _listener = new Socket(new SafeSocketHandle(listener, ownsHandle: true));
    }

    /// <summary>Shown to the next connections; those that are there keep what they began with.</summary>
    public TlsIdentity Identity
    {
        get => _identity;
        set => _identity = value;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Bound { get; }

    /// <summary>The listening descriptor.</summary>
    public int Descriptor { get; }

    /// <summary>Begins to accept; once.</summary>
    public void Start()
    {
        if (!_started)
        {
            _started = true;
            _ = AcceptAsync();
        }
    }

    /// <summary>Accepts nobody any more on a socket that goes on to live in another process.</summary>
    public void LetGo()
    {
        SocketCalls.Share(Descriptor);
        StopAccepting();
    }

    /// <summary>Accepts nobody any more; connections that are there go on.</summary>
    public void StopAccepting() => _listener.Dispose();

    /// <summary>Cuts every connection.</summary>
    public void Dispose()
    {
        StopAccepting();
        _end.Cancel();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        CancellationToken end = _end.Token;
        while (true)
        {
            try
            {
                Socket client = await _listener.AcceptAsync(end).ConfigureAwait(false);
                if (Interlocked.Increment(ref _open) > _maxConnections)
                {
                    Interlocked.Decrement(ref _open);
                    client.Dispose();
                    continue;
                }

                _ = ServeAsync(client, end);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(Pause, _time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket client, CancellationToken end)
    {
        var tls = new SslStream(new NetworkStream(client, ownsSocket: false));
        try
        {
            client.NoDelay = true;
            using (var limit = new CancellationTokenSource(HandshakeLimit, _time))
            using (var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, end))
            {
                await tls.AuthenticateAsServerAsync(_identity.ForStream(), both.Token).ConfigureAwait(false);
            }

            var address = (IPEndPoint)client.LocalEndPoint!;
            (int mine, int loops) = Libc.Pair();
            var local = new Socket(new SafeSocketHandle(mine, ownsHandle: true));
            _admit(loops, address);
            await TlsPump.RunAsync(client, tls, local, _eachWayEnds, _time, end).ConfigureAwait(false);
        }
        catch (Exception e) when (TlsPump.IsEnd(e))
        {
            // No TLS, a certificate that is not let in, or gone: whoever it was hears nothing from the pool.
        }
        finally
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            client.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }
}
