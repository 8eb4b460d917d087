using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Fleet.Lab.Lab;

namespace Fleet.Lab.Bench;

/// <summary>
/// Resident memory that a proxy takes per idle connection: many connections are opened, each asks for one value and then says nothing.
/// </summary>
internal static class IdleMemory
{
    private const string Miss = "END\r\n";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>Measures one target.</summary>
    /// <exception cref="LabException">The target refuses a connection or gives no answer; names the connection.</exception>
    public static async Task<IdleRow> MeasureAsync(
        RunningTarget target, int connections, TimeProvider time, CancellationToken cancellation)
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
                string answer = await AskAsync(socket, reply, limit.Token);
                while (i == 0 && answer != Miss)
                {
                    // A proxy that has just started may not have reached its servers yet.
                    await Task.Delay(Pause, time, limit.Token);
                    answer = await AskAsync(socket, reply, limit.Token);
                }

                if (answer != Miss)
                {
                    throw new LabException($"{target.Name}: connection {i + 1} of {connections} got '{answer.Trim()}' for a miss");
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

    private static async Task<string> AskAsync(Socket socket, byte[] reply, CancellationToken cancellation)
    {
        await socket.SendAsync("get nothing\r\n"u8.ToArray(), cancellation);
        return Encoding.ASCII.GetString(reply, 0, await socket.ReceiveAsync(reply, cancellation));
    }

    private static long ResidentBytes(int pid)
    {
        string status = $"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status";
        string line = File.ReadLines(status).First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
