using System.Globalization;
using System.Net.Sockets;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>
/// Resident memory that a proxy takes per idle connection: many connections are opened, each asks for one value and then says nothing.
/// </summary>
internal static class IdleMemory
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Measures one target.</summary>
    /// <exception cref="LabException">The target refuses a connection or gives no answer; names the connection.</exception>
    public static async Task<IdleRow> MeasureAsync(RunningTarget target, int connections, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Limit);
        var sockets = new List<Socket>(connections);
        try
        {
            long before = ResidentBytes(target.Pid!.Value);
            byte[] reply = new byte[64];
            for (int i = 0; i < connections; i++)
            {
                var socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                sockets.Add(socket);
                await socket.ConnectAsync(target.Address, limit.Token);
                await socket.SendAsync("get nothing\r\n"u8.ToArray(), limit.Token);
                int length = await socket.ReceiveAsync(reply, limit.Token);
                if (!reply.AsSpan(0, length).SequenceEqual("END\r\n"u8))
                {
                    throw new LabException($"{target.Name}: connection {i + 1} of {connections} got no answer");
                }
            }

            return new IdleRow(target.Name, connections, (double)(ResidentBytes(target.Pid.Value) - before) / connections);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new LabException($"{target.Name}: connection {sockets.Count} of {connections}: {e.Message}");
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }
    }

    private static long ResidentBytes(int pid)
    {
        string status = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status";
        string line = File.ReadLines(status).First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
