using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// A blocking generic netlink socket of the network namespace in which it was opened. One request at a time: callers serialise. An answer
/// that does not come within 2 s is an error, never a hang.
/// </summary>
internal sealed class GenericNetlinkSocket : IDisposable
{
    private const ushort FlagRequest = 1;
    private const ushort FlagAck = 4;
    private const ushort FlagDump = 0x300;
    private const ushort ControlFamily = 16;
    private const byte ControlGetFamily = 3;
    private const ushort ControlFamilyId = 1;
    private const ushort ControlFamilyName = 2;
    private const int Interrupted = 4;

    private readonly Lock _gate = new();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _descriptor;
    private uint _sequence;

    private GenericNetlinkSocket(int descriptor) => _descriptor = descriptor;

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    internal static GenericNetlinkSocket Open()
    {
        int descriptor = NativeMethods.Socket(
            NativeMethods.AddressFamilyNetlink, NativeMethods.SocketRaw | NativeMethods.CloseOnExec, NativeMethods.ProtocolGeneric);
        if (descriptor < 0)
        {
            throw new NetlinkException(Marshal.GetLastPInvokeError(), null);
        }

        var socket = new GenericNetlinkSocket(descriptor);
        try
        {
            // struct sockaddr_nl { u16 family; u16 pad; u32 port; u32 groups }: the kernel chooses the port.
            Span<byte> address = stackalloc byte[12];
            address.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(address, NativeMethods.AddressFamilyNetlink);
            Check(NativeMethods.Bind(descriptor, address, address.Length));
            Span<byte> on = [1, 0, 0, 0];
            Check(NativeMethods.SetSocketOption(descriptor, NativeMethods.LevelNetlink, NativeMethods.OptionExtAck, on, on.Length));
            Check(NativeMethods.SetSocketOption(descriptor, NativeMethods.LevelNetlink, NativeMethods.OptionCapAck, on, on.Length));
            Span<byte> timeout = stackalloc byte[16];
            timeout.Clear();
            BinaryPrimitives.WriteInt64LittleEndian(timeout, 2);
            Check(NativeMethods.SetSocketOption(
                descriptor, NativeMethods.LevelSocket, NativeMethods.ReceiveTimeout, timeout, timeout.Length));
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The id of a generic netlink family; null when the kernel does not have it.</summary>
    internal ushort? ResolveFamily(string name)
    {
        try
        {
            var replies = Request(ControlFamily, ControlGetFamily, dump: false, w => w.Text(ControlFamilyName, name));
            return replies.Select(r => (ushort?)r.Unsigned(ControlFamilyId)).FirstOrDefault(id => id is not null);
        }
        catch (NetlinkException e) when (e.Error == NetlinkException.NoEntry)
        {
            return null;
        }
    }

    /// <summary>Sends one request and returns the data messages of its answer.</summary>
    /// <exception cref="NetlinkException">The kernel refused it, or the socket failed.</exception>
    internal IReadOnlyList<NetlinkAttributes> Request(ushort family, byte command, bool dump, Action<NetlinkWriter> attributes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_descriptor < 0, this);
            uint sequence = ++_sequence;
            var writer = new NetlinkWriter(family, (ushort)(FlagRequest | FlagAck | (dump ? FlagDump : 0)), sequence, command);
            attributes(writer);
            byte[] message = writer.ToArray();
            Check((int)NativeMethods.Send(_descriptor, message, message.Length, 0));
            var reply = new NetlinkReply();
            while (true)
            {
                nint received = NativeMethods.Receive(_descriptor, _buffer, _buffer.Length, 0);
                if (received < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                {
                    continue;
                }

                Check((int)received);
                if (reply.Take(_buffer.AsSpan(0, (int)received), sequence))
                {
                    return reply.Items;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
        {
            _ = NativeMethods.Close(descriptor);
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new NetlinkException(Marshal.GetLastPInvokeError(), null);
        }
    }
}
