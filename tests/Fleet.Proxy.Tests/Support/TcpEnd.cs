using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Fleet.Hosting.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Fleet.Proxy.Tests.Support;

/// <summary>One end of a TCP connection, in plain text or TLS, that can end what it sends and go on to listen. Latin-1.</summary>
internal sealed class TcpEnd : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly Socket _socket;
    private readonly Stream _stream;

    private TcpEnd(Socket socket, Stream stream) => (_socket, _stream) = (socket, stream);

    /// <summary>A client's end.</summary>
    /// <param name="port">Where to, on loopback.</param>
    /// <param name="tls">Certificates; null: plain text.</param>
    public static async Task<TcpEnd> ConnectAsync(int port, TlsFiles? tls)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        if (tls is null)
        {
            return new TcpEnd(socket, new NetworkStream(socket));
        }

        var stream = new SslStream(new NetworkStream(socket));
        SslClientAuthenticationOptions options = Identity(tls).ForClient();
        options.TargetHost = "127.0.0.1";
        await stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        return new TcpEnd(socket, stream);
    }

    /// <summary>A server's end of an accepted connection.</summary>
    public static async Task<TcpEnd> AcceptAsync(Socket socket, TlsFiles? tls)
    {
        socket.NoDelay = true;
        if (tls is null)
        {
            return new TcpEnd(socket, new NetworkStream(socket));
        }

        var stream = new SslStream(new NetworkStream(socket));
        await stream.AuthenticateAsServerAsync(Identity(tls).ForStream());
        return new TcpEnd(socket, stream);
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Sends nothing more.</summary>
    public async Task EndSendingAsync()
    {
        if (_stream is SslStream tls)
        {
            await tls.ShutdownAsync();
        }

        _socket.Shutdown(SocketShutdown.Send);
    }

    /// <summary>What comes next, so many bytes; less when the other side ends before.</summary>
    public async Task<string> ReadAsync(int count)
    {
        byte[] bytes = new byte[count];
        using var limit = new CancellationTokenSource(Limit);
        return Encoding.Latin1.GetString(bytes, 0, await _stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, limit.Token));
    }

    /// <summary>Everything until the other side ends.</summary>
    public Task<string> RestAsync() => ReadAsync(16 << 20);

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    private static TlsIdentity Identity(TlsFiles files) => TlsIdentity.Load(files, TimeProvider.System, NullLogger.Instance);
}
