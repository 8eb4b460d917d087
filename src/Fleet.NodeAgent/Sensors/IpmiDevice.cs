using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Fleet.NodeAgent.Netlink;

namespace Fleet.NodeAgent.Sensors;

/// <summary>One request to the management controller through <c>/dev/ipmi0</c> (linux/ipmi.h, 64-bit layout).</summary>
internal static partial class IpmiDevice
{
    private const int ReadWrite = 2 | NativeMethods.CloseOnExec;
    private const nuint SendCommand = 0x8028690D;
    private const nuint ReceiveTruncated = 0xC030690B;
    private const int SystemInterface = 0x0C;
    private const short ControllerChannel = 0xF;
    private const int AnswerBytes = 64;
    private const int TimeoutMs = 1000;
    private const short Readable = 1;

    /// <summary>Sends a request and waits up to a second for its answer.</summary>
    /// <exception cref="IOException">The device refused or did not answer.</exception>
    internal static unsafe byte[] Ask(string path, IpmiRequest asked)
    {
        ReadOnlySpan<byte> data = asked.Data;
        int device = NativeMethods.Open(path, ReadWrite);
        if (device < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }

        try
        {
            // struct ipmi_system_interface_addr { int type; short channel; u8 lun }
            Span<byte> address = stackalloc byte[8];
            address.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(address, SystemInterface);
            BinaryPrimitives.WriteInt16LittleEndian(address[4..], ControllerChannel);
            byte[] answer = new byte[AnswerBytes];
            fixed (byte* to = address, body = data, into = answer)
            {
                // struct ipmi_req { u8 *addr; u32 addr_len; long msgid; { u8 netfn; u8 cmd; u16 data_len; u8 *data } }
                Span<byte> request = stackalloc byte[40];
                request.Clear();
                BinaryPrimitives.WriteInt64LittleEndian(request, (nint)to);
                BinaryPrimitives.WriteInt32LittleEndian(request[8..], address.Length);
                BinaryPrimitives.WriteInt64LittleEndian(request[16..], 1);
                request[24] = asked.NetFunction;
                request[25] = asked.Command;
                BinaryPrimitives.WriteInt16LittleEndian(request[26..], (short)data.Length);
                BinaryPrimitives.WriteInt64LittleEndian(request[32..], (nint)body);
                Check(NativeMethods.Control(device, SendCommand, request));

                Span<byte> poll = stackalloc byte[8];
                BinaryPrimitives.WriteInt32LittleEndian(poll, device);
                BinaryPrimitives.WriteInt32LittleEndian(poll[4..], Readable);
                if (Poll(poll, 1, TimeoutMs) <= 0)
                {
                    throw new IOException("no answer within a second");
                }

                // struct ipmi_recv { int type; u8 *addr; u32 addr_len; long msgid; { u8 netfn; u8 cmd; u16 data_len; u8 *data } }
                Span<byte> received = stackalloc byte[48];
                received.Clear();
                BinaryPrimitives.WriteInt64LittleEndian(received[8..], (nint)to);
                BinaryPrimitives.WriteInt32LittleEndian(received[16..], address.Length);
                BinaryPrimitives.WriteInt16LittleEndian(received[34..], AnswerBytes);
                BinaryPrimitives.WriteInt64LittleEndian(received[40..], (nint)into);
                Check(NativeMethods.Control(device, ReceiveTruncated, received));
                int length = Math.Clamp((int)BinaryPrimitives.ReadUInt16LittleEndian(received[34..]), 0, AnswerBytes);
                return answer[..length];
            }
        }
        finally
        {
            _ = NativeMethods.Close(device);
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<byte> descriptors, nuint count, int timeoutMs);
}
