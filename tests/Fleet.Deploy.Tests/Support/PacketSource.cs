using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Fleet.Deploy.Tests.Support;

/// <summary>
/// Sends packets over a device: an agent whose device receives nothing while its server serves reports that packets bypass the kernel.
/// </summary>
internal sealed class PacketSource : IAsyncDisposable
{
    private const int SolSocket = 1;
    private const int SoBindToDevice = 25;
    private const int DiscardPort = 9;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { EnableBroadcast = true };
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _sending;

    /// <summary>Begins to send broadcasts through a device until disposed.</summary>
    public PacketSource(string device)
    {
        _socket.SetRawSocketOption(SolSocket, SoBindToDevice, Encoding.ASCII.GetBytes(device + "\0"));
        _sending = SendAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        using var timer = new PeriodicTimer(Pause, TimeProvider.System);
        var everybody = new IPEndPoint(IPAddress.Broadcast, DiscardPort);
        byte[] packet = new byte[8];
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            await _socket.SendToAsync(packet, everybody, _stop.Token);
        }
    }
}
