using System.Buffers.Binary;
using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Tests.Protocol;

/// <summary>Packets of the binary protocol as Latin-1, for the wire table.</summary>
internal static class BinaryWire
{
    private const uint Opaque = 0xdeadbeef;
    private const int HeaderBytes = 24;

    /// <summary>A request.</summary>
    public static string Ask(BinaryOpcode opcode, string key = "", string extras = "", string value = "", ulong unique = 0) =>
        Packet(0x80, (byte)opcode, key.Length, extras.Length, 0, key.Length + extras.Length + value.Length, unique) + extras + key + value;

    /// <summary>A request's header whose lengths need not fit.</summary>
    public static string Header(BinaryOpcode opcode, int key = 0, int extras = 0, uint body = 0, byte dataType = 0, ushort partition = 0) =>
        Packet(0x80, (byte)opcode, key, extras, partition, (int)body, 0, dataType);

    /// <summary>A reply; a status has memcached's text unless a value is given.</summary>
    public static string Told(
        BinaryOpcode opcode, BinaryStatus status = BinaryStatus.Ok, string key = "", string extras = "", string? value = null, ulong unique = 0)
    {
        value ??= status switch
        {
            BinaryStatus.NotFound => "Not found",
            BinaryStatus.Exists => "Data exists for key.",
            BinaryStatus.TooLarge => "Too large.",
            BinaryStatus.Invalid => "Invalid arguments",
            BinaryStatus.NotStored => "Not stored.",
            BinaryStatus.NotANumber => "Non-numeric server-side value for incr or decr",
            BinaryStatus.UnknownCommand => "Unknown command",
            BinaryStatus.AuthFailure => "Auth failure.",
            _ => "",
        };
        int body = key.Length + extras.Length + value.Length;
        return Packet(0x81, (byte)opcode, key.Length, extras.Length, (ushort)status, body, unique) + extras + key + value;
    }

    /// <summary>Extras of set, add and replace.</summary>
    public static string Item(uint flags = 0, uint expiry = 0) => Life(flags) + Life(expiry);

    /// <summary>Extras of increment and decrement.</summary>
    public static string Count(ulong delta, ulong initial, bool create = true) =>
        Number(delta) + Number(initial) + Life(create ? 0 : uint.MaxValue);

    /// <summary>Four bytes: a time, or flags.</summary>
    public static string Life(uint number) => Number(number)[4..];

    /// <summary>Eight bytes.</summary>
    public static string Number(ulong number)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return Encoding.Latin1.GetString(bytes);
    }

    /// <summary>Replies with every unique that is not 0 as 1, and without the version.</summary>
    public static string Normal(string replies)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(replies);
        for (int at = 0; at + HeaderBytes <= bytes.Length;)
        {
            ulong unique = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at + 16));
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(at + 16), unique == 0 ? 0UL : 1UL);
            at += HeaderBytes + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 8));
        }

        return Encoding.Latin1.GetString(bytes);
    }

    private static string Packet(
        byte magic, byte opcode, int key, int extras, ushort status, int body, ulong unique, byte dataType = 0)
    {
        byte[] header = new byte[HeaderBytes];
        (header[0], header[1], header[4], header[5]) = (magic, opcode, (byte)extras, dataType);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(2), (ushort)key);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), status);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(8), body);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(12), Opaque);
        BinaryPrimitives.WriteUInt64BigEndian(header.AsSpan(16), unique);
        return Encoding.Latin1.GetString(header);
    }
}
