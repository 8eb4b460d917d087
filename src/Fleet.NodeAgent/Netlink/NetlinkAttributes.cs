using System.Buffers.Binary;
using System.Text;

namespace Fleet.NodeAgent.Netlink;

/// <summary>
/// The attributes of one netlink message, by type. A length that runs over the end ends the list: the kernel is trusted, the buffer
/// is not.
/// </summary>
internal sealed class NetlinkAttributes
{
    /// <summary>NLA_F_NESTED and NLA_F_NET_BYTEORDER, which are no part of the type.</summary>
    private const ushort FlagBits = 0xC000;

    private readonly Dictionary<ushort, byte[]> _payloads = [];

    internal static NetlinkAttributes Parse(ReadOnlySpan<byte> bytes)
    {
        var attributes = new NetlinkAttributes();
        while (bytes.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
            if (length < 4 || length > bytes.Length)
            {
                break;
            }

            int type = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]) & ~FlagBits;
            attributes._payloads[(ushort)type] = bytes[4..length].ToArray();
            bytes = bytes[Math.Min((length + 3) & ~3, bytes.Length)..];
        }

        return attributes;
    }

    /// <summary>An unsigned attribute of 1, 2, 4 or 8 bytes (netlink's <c>uint</c> is 4 or 8); null when absent.</summary>
    internal ulong? Unsigned(ushort type) => _payloads.GetValueOrDefault(type) switch
    {
        { Length: 1 } b => b[0],
        { Length: 2 } b => BinaryPrimitives.ReadUInt16LittleEndian(b),
        { Length: 4 } b => BinaryPrimitives.ReadUInt32LittleEndian(b),
        { Length: 8 } b => BinaryPrimitives.ReadUInt64LittleEndian(b),
        _ => null,
    };

    internal string? Text(ushort type) =>
        _payloads.TryGetValue(type, out byte[]? bytes) ? Encoding.UTF8.GetString(bytes).TrimEnd('\0') : null;
}
