using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Fleet.Hosting.Security;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A client that speaks TLS; Latin-1 so that every byte survives.</summary>
internal sealed class TlsClient : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private readonly TcpClient _tcp = new();
    private readonly StringBuilder _seen = new();
    private readonly byte[] _buffer = new byte[64 * 1024];

    private TlsClient()
    {
    }

    public SslStream Stream { get; private set; } = null!;

    /// <summary>The certificate that the server showed.</summary>
    public X509Certificate2 Server => (X509Certificate2)Stream.RemoteCertificate!;

    public static async Task<TlsClient> ConnectAsync(int port, TlsFiles? own = null)
    {
        var client = new TlsClient();
        await client._tcp.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        client.Stream = new SslStream(client._tcp.GetStream());
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "127.0.0.1",
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            ClientCertificates = own is null ? null : [X509Certificate2.CreateFromPemFile(own.Certificate, own.Key)],
        };
        await client.Stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        return client;
    }

    public Task SendAsync(string text) => Stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken).AsTask();

    /// <summary>What comes until a text has been seen; null when the connection ended before.</summary>
    public async Task<string?> UntilAsync(string end)
    {
        while (true)
        {
            int at = _seen.ToString().IndexOf(end, StringComparison.Ordinal);
            if (at >= 0)
            {
                string told = _seen.ToString(0, at + end.Length);
                _seen.Remove(0, told.Length);
                return told;
            }

            using var limit = new CancellationTokenSource(Limit);
            int count;
            try
            {
                count = await Stream.ReadAsync(_buffer, limit.Token);
            }
            catch (IOException)
            {
                return null;
            }

            if (count == 0)
            {
                return null;
            }

            _seen.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }
    }

    /// <summary>Everything until the connection ends.</summary>
    public async Task<string> AllAsync()
    {
        string? more = await UntilAsync("a text that never comes \u00ff\u00fe\u00fd");
        more.ShouldBeNull();
        return _seen.ToString();
    }

    public async Task<string?> AskAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await UntilAsync("\r\n");
    }

    public void Dispose()
    {
        Stream.Dispose();
        _tcp.Dispose();
    }
}
