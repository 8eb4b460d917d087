using System.Buffers.Binary;

namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// Decodes what the kernel answers to one request: data messages, then an acknowledgement, an error or the end of a dump.
/// </summary>
internal sealed class NetlinkReply
{
    private const ushort TypeError = 2;
    private const ushort TypeDone = 3;

    /// <summary>The request echoed in an error has no payload.</summary>
    private const ushort FlagCapped = 0x100;

    /// <summary>Attributes with the reason follow an error.</summary>
    private const ushort FlagAckAttributes = 0x200;

    private const ushort AttributeMessage = 1;

    private readonly List<NetlinkAttributes> _items = [];

    /// <summary>Data messages received so far.</summary>
    internal IReadOnlyList<NetlinkAttributes> Items => _items;

    /// <summary>
    /// Takes one datagram; true when the answer to <paramref name="sequence"/> is complete. Messages with another sequence number (late
    /// answers, notifications) are dropped.
    /// </summary>
    /// <exception cref="NetlinkException">The kernel refused the request.</exception>
    internal bool Take(ReadOnlySpan<byte> datagram, uint sequence)
    {
        bool complete = false;
        while (datagram.Length >= NetlinkWriter.HeaderLength)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(datagram);
            if (length < NetlinkWriter.HeaderLength || length > datagram.Length)
            {
                break;
            }

            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]);
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]) == sequence)
            {
                ReadOnlySpan<byte> body = datagram[NetlinkWriter.HeaderLength..(int)length];
                complete |= Message(type, flags, body);
            }

            datagram = datagram[(int)Math.Min((length + 3) & ~3u, (uint)datagram.Length)..];
        }

        return complete;
    }

    private bool Message(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case TypeDone:
            case TypeError:
                ThrowOnError(type, flags, body);
                return true;
            case >= 16 when body.Length >= NetlinkWriter.GenericHeaderLength:
                _items.Add(NetlinkAttributes.Parse(body[NetlinkWriter.GenericHeaderLength..]));
                return false;
            default:
                return false;
        }
    }

    private static void ThrowOnError(ushort type, ushort flags, ReadOnlySpan<byte> body)
    {
        int error = body.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(body) : 0;
        if (error >= 0)
        {
            return;
        }

        string? text = null;
        if ((flags & FlagAckAttributes) != 0)
        {
            int skip = 4;
            if (type == TypeError && body.Length >= 4 + NetlinkWriter.HeaderLength)
            {
                uint echoed = BinaryPrimitives.ReadUInt32LittleEndian(body[4..]);
                skip += (flags & FlagCapped) != 0 ? NetlinkWriter.HeaderLength : (int)Math.Min((echoed + 3) & ~3u, (uint)body.Length - 4);
            }

            text = NetlinkAttributes.Parse(body[skip..]).Text(AttributeMessage);
        }

        throw new NetlinkException(-error, text);
    }
}
