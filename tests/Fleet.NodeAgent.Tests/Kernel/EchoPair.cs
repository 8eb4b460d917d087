using System.Net;
using System.Net.Sockets;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>A UDP echo over the plant: a server socket in one namespace, a client socket in the other, a thread that answers.</summary>
internal sealed class EchoPair : IDisposable
{
    private readonly Socket _server;
    private readonly Socket _client;
    private readonly Thread _answers;

    private EchoPair(Socket server, Socket client)
    {
        _server = server;
        _client = client;
        _answers = new Thread(Answer) { IsBackground = true };
        _answers.Start();
    }

    internal static EchoPair Open(VethPlant plant)
    {
        var endpoint = new IPEndPoint(IPAddress.Parse(VethPlant.ServerAddress), 7777);
        Socket server = VethPlant.Inside(plant.Server, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(endpoint);
            return socket;
        });
        Socket client = VethPlant.Inside(plant.Client, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 1000 };
            socket.Connect(endpoint);
            return socket;
        });
        return new EchoPair(server, client);
    }

    /// <summary>Median round trip of requests sent one after the other.</summary>
    internal double MedianUs(int requests)
    {
        byte[] buffer = new byte[64];
        var times = new List<double>();
        for (int i = 0; i < requests; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            _client.Send(buffer.AsSpan(0, 32));
            try
            {
                _client.Receive(buffer);
                times.Add(TimeProvider.System.GetElapsedTime(start).TotalMicroseconds);
            }
            catch (SocketException)
            {
                // The first packets may wait for address resolution.
            }
        }

        times.Count.ShouldBeGreaterThan(requests / 2);
        times.Sort();
        return times[times.Count / 2];
    }

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
        _answers.Join();
    }

    private void Answer()
    {
        byte[] buffer = new byte[64];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        try
        {
            while (true)
            {
                int length = _server.ReceiveFrom(buffer, ref from);
                _server.SendTo(buffer.AsSpan(0, length), from);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed: the test is over.
        }
    }
}
