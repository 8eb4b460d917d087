using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>
/// A client of its own counter that sends a few increments at a time and checks every reply: a lost increment and one that was done twice
/// both show in the next number. When its connection ends between two replies it connects to the next address and sends again what has had
/// no reply.
/// </summary>
internal sealed class CountingClient(string key, int depth, bool encrypted, params int[] ports)
{
    private readonly byte[] _request = Encoding.ASCII.GetBytes($"incr {key} 1\r\n");
    private long _count;
    private int _connections;

    /// <summary>Increments acknowledged.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Connections made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Runs until cancelled, then ends with every reply read.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using TcpClient first = await ConnectAsync();
        TcpClient connection = first;
        Stream stream = await StreamAsync(connection);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"set {key} 0 0 1\r\n0\r\n"), CancellationToken.None);
        var reader = new StreamReader(stream, Encoding.ASCII);
        (await reader.ReadLineAsync(CancellationToken.None)).ShouldBe("STORED", key);
        int open = 0;
        while (!stop.IsCancellationRequested || open > 0)
        {
            try
            {
                if (open == 0)
                {
                    open = depth;
                    await SendAsync(stream, open);
                }

                if (await reader.ReadLineAsync(CancellationToken.None) is { } reply)
                {
                    reply.ShouldBe((_count + 1).ToString(CultureInfo.InvariantCulture), $"{key} after {_count}, connection {_connections}");
                    Interlocked.Increment(ref _count);
                    open--;
                    continue;
                }
            }
            catch (IOException)
            {
                // The other side is gone: as with the end of the stream, what has no reply was not carried out.
            }

            connection.Dispose();
            connection = await ConnectAsync();
            stream = await StreamAsync(connection);
            reader = new StreamReader(stream, Encoding.ASCII);
            await SendAsync(stream, open);
        }

        connection.Dispose();
    }

    private async Task SendAsync(Stream stream, int times)
    {
        byte[] all = new byte[_request.Length * times];
        for (int i = 0; i < times; i++)
        {
            _request.CopyTo(all, i * _request.Length);
        }

        await stream.WriteAsync(all, CancellationToken.None);
    }

    private async Task<Stream> StreamAsync(TcpClient connection)
    {
        if (!encrypted)
        {
            return connection.GetStream();
        }

        // Whom the client talks to is another test's; this one counts.
        var tls = new SslStream(connection.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        return tls;
    }

    private async Task<TcpClient> ConnectAsync()
    {
        TcpClient client = await Dialling.AnyAsync(ports, _connections);
        Interlocked.Increment(ref _connections);
        return client;
    }
}
