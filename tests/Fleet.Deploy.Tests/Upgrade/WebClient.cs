using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>
/// A web client that never sends a request twice: one without a reply is a failure. It keeps its connection until a reply says that it
/// ends there, or asks for that itself; then it connects to the next address.
/// </summary>
internal sealed class WebClient(string name, bool keeps, params int[] ports) : IDisposable
{
    private TcpClient? _connection;
    private StreamReader? _reader;
    private int _count;
    private int _connections;

    /// <summary>Requests answered.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Connections made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Has a connection that no reply has ended.</summary>
    public bool IsConnected => _connection is not null;

    /// <summary>Asks until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await AskAsync();
        }
    }

    /// <summary>Asks once and checks that the reply is this request's.</summary>
    public async Task AskAsync()
    {
        if (_connection is null)
        {
            _connection = await ConnectAsync();
            _reader = new StreamReader(_connection.GetStream(), Encoding.ASCII);
        }

        string path = string.Create(CultureInfo.InvariantCulture, $"/{name}/{_count}");
        string request = $"GET {path} HTTP/1.1\r\nHost: web\r\nConnection: {(keeps ? "keep-alive" : "close")}\r\n\r\n";
        await _connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), CancellationToken.None);
        string where = $"{path} on connection {_connections}";
        (await LineAsync(where)).ShouldBe("HTTP/1.1 200 OK", where);
        bool ends = false;
        int length = 0;
        while (await LineAsync(where) is { Length: > 0 } header)
        {
            ends |= header.Equals("Connection: close", StringComparison.OrdinalIgnoreCase);
            length = header.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase)
                ? int.Parse(header["Content-Length: ".Length..], CultureInfo.InvariantCulture)
                : length;
        }

        char[] body = new char[length];
        (await _reader!.ReadBlockAsync(body, CancellationToken.None)).ShouldBe(length, where);
        new string(body).ShouldBe(path, where);
        Interlocked.Increment(ref _count);
        if (ends)
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        _connection?.Dispose();
        _connection = null;
    }

    private async Task<string> LineAsync(string where)
    {
        try
        {
            return await _reader!.ReadLineAsync(CancellationToken.None) ?? throw new IOException("the connection ended");
        }
        catch (IOException lost)
        {
            throw new InvalidOperationException($"no reply to {where}", lost);
        }
    }

    private async Task<TcpClient> ConnectAsync()
    {
        TcpClient client = await Dialling.AnyAsync(ports, _connections);
        Interlocked.Increment(ref _connections);
        return client;
    }
}
