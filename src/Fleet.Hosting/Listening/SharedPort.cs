using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Fleet.Hosting.Listening;

/// <summary>Ports that a process shares with the one that takes over from it (SO_REUSEPORT), and with nobody else.</summary>
public static class SharedPort
{
    private const int SocketLevel = 1;
    private const int ReusePort = 15;

    /// <summary>Has Kestrel bind its TCP ports so that a successor of the same user can bind them too.</summary>
    /// <param name="builder">The server.</param>
    /// <param name="takesOver">This process is the successor: the port may be in use. Else a port in use is an error, as ever.</param>
    public static void UseSharedPorts(this IWebHostBuilder builder, bool takesOver) => builder.ConfigureServices(services =>
        services.Configure<SocketTransportOptions>(o => o.CreateBoundListenSocket = endpoint =>
            endpoint is IPEndPoint ip ? Bind(ip, takesOver) : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint)));

    private static Socket Bind(IPEndPoint endpoint, bool takesOver)
    {
        IPEndPoint free = endpoint;
        if (!takesOver)
        {
            // Without the option a port in use is refused, also one of another process that has set it.
            using Socket probe = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            free = (IPEndPoint)probe.LocalEndPoint!;
        }

        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            int on = 1;
            socket.SetRawSocketOption(SocketLevel, ReusePort, System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in on)));
            if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
            }

            socket.Bind(free);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
