using System.Buffers.Binary;
using System.Text;

namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// Encodes one generic netlink request. Host byte order; each attribute is { u16 length incl. header; u16 type; payload } padded to 4.
/// <code>
/// request  = nlmsghdr { u32 length; u16 type; u16 flags; u32 sequence; u32 port } genlmsghdr { u8 command; u8 version; u16 0 } attribute*
/// </code>
/// </summary>
internal sealed class NetlinkWriter
{
    internal const int HeaderLength = 16;
    internal const int GenericHeaderLength = 4;
    private const int NestedFlag = 0x8000;

    private readonly MemoryStream _bytes = new(128);

    internal NetlinkWriter(ushort type, ushort flags, uint sequence, byte command, byte version = 1)
    {
        Span<byte> header = stackalloc byte[HeaderLength + GenericHeaderLength];
        header.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], flags);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], sequence);
        header[16] = command;
        header[17] = version;
        _bytes.Write(header);
    }

    internal NetlinkWriter U32(ushort type, uint value)
    {
        Span<byte> payload = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, value);
        return Attribute(type, payload);
    }

    internal NetlinkWriter U64(ushort type, ulong value)
    {
        Span<byte> payload = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(payload, value);
        return Attribute(type, payload);
    }

    internal NetlinkWriter U8(ushort type, byte value) => Attribute(type, [value]);

    /// <summary>An attribute that holds attributes (NLA_F_NESTED).</summary>
    internal NetlinkWriter Nested(ushort type, Action<NetlinkWriter> inner)
    {
        var nested = new NetlinkWriter(0, 0, 0, 0);
        inner(nested);
        return Attribute((ushort)(type | NestedFlag), nested._bytes.ToArray()[(HeaderLength + GenericHeaderLength)..]);
    }

    internal NetlinkWriter Text(ushort type, string value) => Attribute(type, Encoding.ASCII.GetBytes(value + '\0'));

    internal byte[] ToArray()
    {
        byte[] message = _bytes.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(message, (uint)message.Length);
        return message;
    }

    private NetlinkWriter Attribute(ushort type, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(header, (ushort)(4 + payload.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(header[2..], type);
        _bytes.Write(header);
        _bytes.Write(payload);
        while (_bytes.Length % 4 != 0)
        {
            _bytes.WriteByte(0);
        }

        return this;
    }
}
