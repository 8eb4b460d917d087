using System.Net;
using System.Net.Sockets;
using Fleet.Proxy.Native;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// The listening socket of an HTTP pool as Kestrel takes it: one that a predecessor gave or one of its own, which begins to accept when it
/// is told to, and stops without losing a connection that has been made: either another process has the socket too, or what waits
/// is accepted before it closes.
/// </summary>
internal sealed class HttpListener : IConnectionListener, IConnectionListenerFactory
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SocketConnectionContextFactory _connections = new(new SocketConnectionFactoryOptions(), NullLogger.Instance);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private bool _isShared;

    /// <param name="descriptor">Listening; owned from here on.</param>
    /// <param name="bound">Where it listens.</param>
    /// <param name="time">Clock.</param>
    public HttpListener(int descriptor, IPEndPoint bound, TimeProvider time)
    {
        (Descriptor, Bound, _time) = (descriptor, bound, time);
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Bound { get; }

    /// <summary>The listening descriptor.</summary>
    public int Descriptor { get; }

    /// <inheritdoc/>
    public EndPoint EndPoint => Bound;

    /// <summary>Begins to accept.</summary>
    public void Begin() => _begun.TrySetResult();

    /// <summary>Stops accepting.</summary>
    /// <param name="shared">Another process accepts on the socket from here on; else what waits there is accepted first.</param>
    public void Stop(bool shared)
    {
        if (!_over.IsCancellationRequested)
        {
            _isShared = shared;
            _begun.TrySetResult();
            _over.Cancel();
        }
    }

    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    /// <inheritdoc/>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        await _begun.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        while (!_over.IsCancellationRequested)
        {
            try
            {
                return Connection(await _socket.AcceptAsync(_over.Token).ConfigureAwait(false));
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                await Task.Delay(Pause, _time, CancellationToken.None).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted.
            }
            catch (OperationCanceledException)
            {
                // Told to stop.
            }
        }

        if (!_isShared && AcceptWaiting() is { } waited)
        {
            return Connection(waited);
        }

        Close();
        return null;
    }

    /// <inheritdoc/>
    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        Stop(shared: false);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Stop(shared: false);
        Close();
        _connections.Dispose();
        return ValueTask.CompletedTask;
    }

    private unsafe Socket? AcceptWaiting()
    {
        if (_socket.SafeHandle.IsClosed)
        {
            return null;
        }

        int client = Libc.Accept(Descriptor, null, null, Libc.SockNonBlock | Libc.SockCloExec);
        return client < 0 ? null : new Socket(new SafeSocketHandle(client, ownsHandle: true));
    }

    private ConnectionContext Connection(Socket client)
    {
        client.NoDelay = true;
        return _connections.Create(client);
    }

    private void Close()
    {
        if (_isShared && !_socket.SafeHandle.IsClosed)
        {
            SocketCalls.Share(Descriptor);
        }

        _socket.Dispose();
    }
}
