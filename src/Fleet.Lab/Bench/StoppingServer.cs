using System.Net;
using System.Net.Sockets;
using Fleet.Lab.Lab.Commands;

namespace Fleet.Lab.Bench;

/// <summary>A server that can be made to answer nothing for a while, as one that swaps or waits for a disk.</summary>
/// <param name="pid">Its process.</param>
/// <param name="address">Where it listens.</param>
internal sealed class StoppingServer(int pid, IPEndPoint address)
{
    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => address;

    /// <summary>It forgets what was stored.</summary>
    public void Forget()
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(address);
        socket.Send("flush_all\r\n"u8);
        _ = socket.Receive(new byte[16]);
    }

    /// <summary>It answers nothing more.</summary>
    public void Stop() => _ = NativeCalls.Signal(pid, NativeCalls.SignalStop);

    /// <summary>It goes on.</summary>
    public void Go() => _ = NativeCalls.Signal(pid, NativeCalls.SignalContinue);
}
