using System.Net;
using System.Net.Sockets;
using Fleet.Core.Measurement;

namespace Fleet.NodeAgent.Tests.Kernel;

/// <summary>
/// Clients that each keep some connections busy: one request outstanding per connection, the next as soon as it is answered. Enough to
/// keep a server's event loop from running dry.
/// </summary>
internal sealed class ClosedLoop : IDisposable
{
    private static readonly byte[] Request = "mn\r\n"u8.ToArray();

    private readonly Socket[][] _clients;

    internal ClosedLoop(VethPlant plant, int port, int clients, int connections) => _clients =
        [.. Enumerable.Range(0, clients).Select(_ => Enumerable.Range(0, connections).Select(_ => Connect(plant, port)!).ToArray())];

    internal static bool Answers(VethPlant plant, int port)
    {
        using Socket? socket = Connect(plant, port);
        return socket is not null;
    }

    /// <summary>Latencies of the requests answered in the given time.</summary>
    internal LatencyHistogram Run(TimeSpan length)
    {
        var results = new LatencyHistogram[_clients.Length];
        Thread[] threads = [.. _clients.Select((sockets, i) => new Thread(() => results[i] = Drive(sockets, length)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        foreach (LatencyHistogram other in results[1..])
        {
            results[0].Add(other);
        }

        return results[0];
    }

    public void Dispose()
    {
        foreach (Socket socket in _clients.SelectMany(c => c))
        {
            socket.Dispose();
        }
    }

    private static LatencyHistogram Drive(Socket[] sockets, TimeSpan length)
    {
        TimeProvider time = TimeProvider.System;
        var sent = sockets.ToDictionary(s => s, _ => 0L);
        byte[] answer = new byte[64];
        long start = time.GetTimestamp();
        var latency = new LatencyHistogram();
        foreach (Socket socket in sockets)
        {
            sent[socket] = time.GetTimestamp();
            socket.Send(Request);
        }

        bool more = true;
        int outstanding = sockets.Length;
        while (outstanding > 0)
        {
            var ready = sockets.ToList();
            Socket.Select(ready, null, null, 1_000_000);
            more = more && time.GetElapsedTime(start) < length;
            foreach (Socket socket in ready)
            {
                socket.Receive(answer);
                latency.RecordUs(time.GetElapsedTime(sent[socket]).TotalMicroseconds);
                outstanding--;
                if (more)
                {
                    sent[socket] = time.GetTimestamp();
                    socket.Send(Request);
                    outstanding++;
                }
            }

            if (ready.Count == 0)
            {
                throw new InvalidOperationException("no answer within a second");
            }
        }

        return latency;
    }

    private static Socket? Connect(VethPlant plant, int port) => VethPlant.Inside(plant.Client, () =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(new IPEndPoint(IPAddress.Parse(VethPlant.ServerAddress), port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return null;
        }
    });
}
