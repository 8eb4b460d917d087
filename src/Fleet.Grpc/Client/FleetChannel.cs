using System.Net.Sockets;
using Grpc.Core;

namespace Fleet.Grpc.Client;

/// <summary>
/// A channel over HTTP/2. Connects with the first call, again whenever a call finds no connection, and is shared by any number of
/// clients and calls at once.
/// </summary>
public sealed class FleetChannel : ChannelBase, IDisposable
{
    private const int StreamWindowBytes = 256 * 1024;
    private readonly HttpMessageInvoker _invoker;
    private readonly CancellationTokenSource _shutdown = new();
    private int _disposed;

    private FleetChannel(string address, ChannelAddress parsed, FleetChannelOptions options)
        : base(address)
    {
        BaseUri = parsed.BaseUri;
        Options = options;
        _invoker = new HttpMessageInvoker(
            options.HttpHandler ?? CreateHandler(parsed, options), disposeHandler: options.HttpHandler is null);
        Shutdown = _shutdown.Token;
    }

    internal Uri BaseUri { get; }

    internal FleetChannelOptions Options { get; }

    /// <summary>Cancelled when the channel ends.</summary>
    internal CancellationToken Shutdown { get; }

    /// <summary>A channel to an address. Does not connect yet.</summary>
    /// <param name="address">
    /// http://HOST:PORT, https://HOST:PORT or unix:/PATH. Anything else is an <see cref="ArgumentException"/>.
    /// </param>
    /// <param name="options">Limits and transport; null: defaults.</param>
    public static FleetChannel ForAddress(string address, FleetChannelOptions? options = null) =>
        new(address, ChannelAddress.Parse(address), options ?? new FleetChannelOptions());

    /// <inheritdoc/>
    public override CallInvoker CreateCallInvoker() => new HttpCallInvoker(this);

    /// <summary>Cancels the calls of the channel and closes its connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _shutdown.Cancel();
            _invoker.Dispose();
        }
    }

    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _invoker.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ShutdownAsyncCore()
    {
        Dispose();
        return Task.CompletedTask;
    }

    private static SocketsHttpHandler CreateHandler(ChannelAddress address, FleetChannelOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,

            // The other side is told of the room that was freed after each eighth of it: a stream of short messages then is rarely answered.
            InitialHttp2StreamWindowSize = StreamWindowBytes,
            ConnectTimeout = options.ConnectTimeout,
            KeepAlivePingDelay = options.KeepAlivePingDelay,
            KeepAlivePingTimeout = options.KeepAlivePingDelay / 2,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        };
        if (options.Tls is not null)
        {
            handler.SslOptions = options.Tls;
        }

        if (address.SocketPath is { } path)
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        }

        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
