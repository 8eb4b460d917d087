using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Proxy.Tests.Support;

/// <summary>A TCP server that says its name and then sends back what it gets, until the client ends its half.</summary>
internal sealed class EchoServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly string _name;

    public EchoServer(string name)
    {
        _name = name;
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Address => _listener.LocalEndpoint.ToString()!;

    public void Dispose() => _listener.Stop();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                await stream.WriteAsync(Encoding.ASCII.GetBytes(_name + "\r\n"));
                await stream.CopyToAsync(stream);
            }
            catch (IOException)
            {
                // The probe of health leaves without a word.
            }
        }
    }
}
