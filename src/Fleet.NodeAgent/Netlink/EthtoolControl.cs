using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// Interrupt coalescing through the ethtool ioctl, for kernels without the netlink family: <c>struct ethtool_coalesce</c> of
/// linux/ethtool.h, 23 numbers that are read, changed and written as a whole. The ioctl does not say which of them the driver supports, so
/// a parameter counts as supported when it is not zero; clamping is silent.
/// </summary>
internal sealed class EthtoolControl : ICoalesceChannel
{
    private const int EthtoolRequest = 0x8946;
    private const uint GetCoalesce = 0xE;
    private const uint SetCoalesce = 0xF;
    private const uint GetDriverInfo = 0x3;
    private const int CoalesceBytes = 92;
    private const int DriverInfoBytes = 196;
    private const int NameBytes = 16;

    /// <summary>Index of each parameter's number in the structure.</summary>
    private static readonly (CoalesceParameter Parameter, int Index)[] Places =
    [
        (CoalesceParameter.RxUsecs, 1),
        (CoalesceParameter.RxMaxFrames, 2),
        (CoalesceParameter.TxUsecs, 5),
        (CoalesceParameter.TxMaxFrames, 6),
        (CoalesceParameter.AdaptiveRx, 10),
        (CoalesceParameter.AdaptiveTx, 11),
    ];

    private int _socket;

    private EthtoolControl(int socket) => _socket = socket;

    /// <inheritdoc/>
    public string Name => "ethtool ioctl";

    /// <summary>Opens a socket in the calling thread's network namespace.</summary>
    internal static EthtoolControl Open()
    {
        int socket = NativeMethods.Socket(
            NativeMethods.AddressFamilyInternet, NativeMethods.SocketDatagram | NativeMethods.CloseOnExec, 0);
        return socket < 0 ? throw new NetlinkException(Marshal.GetLastPInvokeError(), null) : new EthtoolControl(socket);
    }

    /// <summary>The driver's name as it says it (<c>ixgbe</c>, <c>tun</c>, <c>veth</c>); null when it does not.</summary>
    internal string? DriverOf(string device)
    {
        try
        {
            byte[] info = new byte[DriverInfoBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(info, GetDriverInfo);
            Call(device, info);
            return Encoding.ASCII.GetString(info, 4, 32).TrimEnd('\0') is { Length: > 0 } name ? name : null;
        }
        catch (NetlinkException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<CoalesceParameter, uint> Get(string device)
    {
        byte[] all = ReadAll(device);
        return Places.Select(p => (p.Parameter, Value: Number(all, p.Index)))
            .Where(p => p.Value != 0 || p.Parameter is CoalesceParameter.RxUsecs)
            .ToDictionary(p => p.Parameter, p => p.Value);
    }

    /// <inheritdoc/>
    public void Set(string device, IReadOnlyDictionary<CoalesceParameter, uint> values)
    {
        byte[] all = ReadAll(device);
        BinaryPrimitives.WriteUInt32LittleEndian(all, SetCoalesce);
        foreach ((CoalesceParameter parameter, int index) in Places)
        {
            if (values.TryGetValue(parameter, out uint value))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(index * 4), value);
            }
        }

        Call(device, all);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        int socket = Interlocked.Exchange(ref _socket, -1);
        if (socket >= 0)
        {
            _ = NativeMethods.Close(socket);
        }
    }

    private static uint Number(byte[] all, int index) => BinaryPrimitives.ReadUInt32LittleEndian(all.AsSpan(index * 4));

    private byte[] ReadAll(string device)
    {
        byte[] all = new byte[CoalesceBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(all, GetCoalesce);
        Call(device, all);
        return all;
    }

    // struct ifreq { char name[16]; void *data; … }: 40 bytes on 64-bit machines.
    private unsafe void Call(string device, byte[] data)
    {
        Span<byte> request = stackalloc byte[40];
        request.Clear();
        Encoding.ASCII.GetBytes(device.AsSpan(0, Math.Min(device.Length, NameBytes - 1)), request);
        fixed (byte* pointer = data)
        {
            BinaryPrimitives.WriteInt64LittleEndian(request[NameBytes..], (nint)pointer);
            if (NativeMethods.Control(_socket, EthtoolRequest, request) < 0)
            {
                throw new NetlinkException(Marshal.GetLastPInvokeError(), null);
            }
        }
    }
}
