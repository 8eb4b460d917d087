using System.Net;
using System.Net.Sockets;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>Clients that ask and read nothing: what they harm is told by the others' latency.</summary>
internal sealed class SlowClients : IDisposable
{
    /// <summary>Far more than anybody should keep the replies of.</summary>
    public const int MuchBytes = 1 << 20;

    private const int ReceiveBufferBytes = 4096;
    private readonly List<Socket> _sockets = [];

    /// <summary>Connects and asks: each sends so many bytes of requests, or as much of that as the target takes.</summary>
    /// <param name="target">Whom they ask.</param>
    /// <param name="traffic">What for.</param>
    /// <param name="count">How many they are.</param>
    /// <param name="bytesEach">Bytes of requests, rounded up to a whole one.</param>
    /// <param name="random">Draws the requests.</param>
    /// <exception cref="LabException">The target refused a connection.</exception>
    public SlowClients(IPEndPoint target, BenchTraffic traffic, int count, int bytesEach, Random random)
    {
        byte[] requests = Requests(traffic, bytesEach, random);
        try
        {
            for (int i = 0; i < count; i++)
            {
                var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = ReceiveBufferBytes };
                _sockets.Add(socket);
                socket.Connect(target);
                socket.Blocking = false;
                Ask(socket, requests);
            }
        }
        catch (SocketException failure)
        {
            Dispose();
            throw new LabException($"slow client {_sockets.Count} of {count} at {target}: {failure.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _sockets.ForEach(s => s.Dispose());

    private static byte[] Requests(BenchTraffic traffic, int bytesEach, Random random)
    {
        var bytes = new List<byte>(bytesEach);
        while (bytes.Count < bytesEach)
        {
            bytes.AddRange(traffic.Bytes(traffic.Next(random)));
        }

        return [.. bytes];
    }

    private static void Ask(Socket socket, byte[] requests)
    {
        for (int sent = 0; sent < requests.Length;)
        {
            int count = socket.Send(requests.AsSpan(sent), SocketFlags.None, out SocketError error);
            if (error != SocketError.Success)
            {
                // It takes no more, or has closed: it may drop who asks for so much.
                return;
            }

            sent += count;
        }
    }
}
