using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A node that misbehaves as told: for each command line that arrives it sends what the script says.</summary>
internal sealed class FakeNode : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<string, Task<string?>> _script;

    /// <param name="script">Line in, bytes out (Latin-1); null closes the connection.</param>
    public FakeNode(Func<string, Task<string?>> script)
    {
        _script = script;
        _listener.Start();
        _ = AcceptAsync();
    }

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
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
            try
            {
                while (await reader.ReadLineAsync(_end.Token) is { } line)
                {
                    if (await _script(line) is not { } reply)
                    {
                        return;
                    }

                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(reply), _end.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // The proxy closed, or the test is over.
            }
        }
    }
}
