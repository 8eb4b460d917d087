using System.Net;
using System.Net.Sockets;
using System.Text;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>Which items a proxy keeps on which server, found out by asking: proxies place keys each in its own way.</summary>
internal static class ItemPlaces
{
    private const int AskedAtOnce = 50;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The items that a target does not find, in ascending order: those of a server that has none.</summary>
    /// <param name="target">Whom to ask.</param>
    /// <param name="traffic">The items; one a get.</param>
    /// <exception cref="LabException">The target does not answer as a memcached does.</exception>
    public static IReadOnlyList<int> Missing(IPEndPoint target, BenchTraffic traffic)
    {
        try
        {
            using var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(target);
            using var stream = new NetworkStream(socket) { ReadTimeout = (int)Patience.TotalMilliseconds };
            using var reader = new StreamReader(stream, Encoding.Latin1);
            var missing = new List<int>();
            for (int from = 0; from < traffic.Items; from += AskedAtOnce)
            {
                int[] asked = [.. Enumerable.Range(from, Math.Min(AskedAtOnce, traffic.Items - from))];
                foreach (int item in asked)
                {
                    stream.Write(traffic.Bytes(BenchRequest.Read(item, 1)));
                }

                missing.AddRange(asked.Where(_ => !Found(reader, target)));
            }

            return missing;
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            throw new LabException($"{target}, asked for its items: {failure.Message}");
        }
    }

    private static bool Found(StreamReader reader, IPEndPoint target)
    {
        string? first = reader.ReadLine();
        if (first is "END")
        {
            return false;
        }

        if (first?.StartsWith("VALUE ", StringComparison.Ordinal) == true && reader.ReadLine() is not null && reader.ReadLine() == "END")
        {
            return true;
        }

        throw new LabException($"{target}, asked for an item, says '{first}'");
    }
}
