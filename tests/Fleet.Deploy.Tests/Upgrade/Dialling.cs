using System.Net.Sockets;

namespace Fleet.Deploy.Tests.Upgrade;

/// <summary>Connects a client to whichever of some proxies takes it, as a client with a list of addresses does.</summary>
internal static class Dialling
{
    /// <summary>Tries each port of this host once, beginning with a turn's; fails when none takes the connection.</summary>
    public static async Task<TcpClient> AnyAsync(int[] ports, int turn)
    {
        for (int i = 0; ; i++)
        {
            var client = new TcpClient { NoDelay = true };
            try
            {
                await client.ConnectAsync("127.0.0.1", ports[(turn + i) % ports.Length], CancellationToken.None);
                return client;
            }
            catch (SocketException) when (i < ports.Length)
            {
                client.Dispose();
            }
        }
    }
}
