using System.Net;
using System.Net.Sockets;

namespace Fleet.Deploy.Tests.Support;

/// <summary>Ports that nobody listens on.</summary>
internal static class Ports
{
    public static int[] Free(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Dispose());
        return ports;
    }
}
