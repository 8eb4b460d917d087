using System.Net;
using System.Net.Sockets;

namespace Fleet.Proxy.Tests.Support;

/// <summary>Listens on loopback for a node that a test plays, and serves each connection until the test is over.</summary>
internal sealed class NodeListener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Socket, Task> _serve;

    /// <param name="serve">Serves one connection and disposes it.</param>
    public NodeListener(Func<Socket, Task> serve)
    {
        (_serve, End) = (serve, _end.Token);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The end of the test.</summary>
    public CancellationToken End { get; }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = _serve(await _listener.AcceptSocketAsync(End));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
