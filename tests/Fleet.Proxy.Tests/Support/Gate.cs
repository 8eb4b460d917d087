using System.Net;
using System.Net.Sockets;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A port that leads to a server while it is open: a network that is cut and mended, with the server alive behind it.</summary>
internal sealed class Gate(int port) : IDisposable
{
    private readonly List<TcpClient> _connections = [];
    private TcpListener? _listener;

    public void Open(int target)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _ = AcceptAsync(_listener, target);
    }

    public void Close()
    {
        _listener?.Stop();
        lock (_connections)
        {
            _connections.ForEach(c => c.Dispose());
            _connections.Clear();
        }
    }

    public void Dispose() => Close();

    private async Task AcceptAsync(TcpListener listener, int target)
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync();
                var server = new TcpClient("127.0.0.1", target);
                lock (_connections)
                {
                    _connections.AddRange([client, server]);
                }

                _ = CopyAsync(client, server);
                _ = CopyAsync(server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }

        to.Dispose();
    }
}
