using System.Buffers.Binary;
using System.Buffers.Text;
using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Protocol;

/// <summary>
/// Asks a node in meta words what a binary client asked: one connection per node serves clients of every protocol, and the client's opaque
/// stays beside its reply slot. A key that no text line can hold goes in base64.
/// </summary>
internal static class BinaryToMeta
{
    /// <summary>Expiry of a counter that must not be created.</summary>
    private const uint NeverCreate = uint.MaxValue;

    /// <summary>True when the key can be sent: in base64 it may not be longer than a key may be.</summary>
    public static bool CanSend(ReadOnlySpan<byte> key) => !NeedsBase64(key) || Base64.GetMaxEncodedToUtf8Length(key.Length) <= Words.MaxKey;

    /// <summary>Appends the request's line, and its value when it stores one.</summary>
    public static void Write(ByteBuffer output, in BinaryRequest request)
    {
        switch (request.Operation)
        {
            case BinaryOpcode.Get or BinaryOpcode.GetK or BinaryOpcode.Gat or BinaryOpcode.GatK or BinaryOpcode.Touch:
                Retrieve(output, request);
                break;
            case BinaryOpcode.Delete:
                Line(output, "md "u8, request.Key);
                Unique(output, request.Unique);
                break;
            case BinaryOpcode.Increment or BinaryOpcode.Decrement:
                Count(output, request);
                break;
            default:
                Store(output, request);
                break;
        }

        output.Append("\r\n"u8);
    }

    /// <summary>Appends the line of a store whose value follows.</summary>
    public static void WriteStoreLine(ByteBuffer output, in BinaryRequest request, long valueBytes) => StoreLine(output, request, valueBytes);

    /// <summary>md KEY: what a value that was refused for its size leaves behind.</summary>
    public static void WriteDelete(ByteBuffer output, ReadOnlySpan<byte> key)
    {
        Line(output, "md "u8, key);
        output.Append("\r\n"u8);
    }

    private static void Retrieve(ByteBuffer output, in BinaryRequest request)
    {
        Line(output, "mg "u8, request.Key);
        output.Append(request.Operation is BinaryOpcode.GetK or BinaryOpcode.GatK ? " k f c"u8 : " f c"u8);
        output.Append(request.Operation == BinaryOpcode.Touch ? default : " v"u8);
        if (!request.Extras.IsEmpty)
        {
            Number(output, " T"u8, Expiry(request.Extras));
        }
    }

    private static void Count(ByteBuffer output, in BinaryRequest request)
    {
        Line(output, "ma "u8, request.Key);
        output.Append(request.Operation == BinaryOpcode.Decrement ? " v c MD"u8 : " v c"u8);
        Number(output, " D"u8, BinaryPrimitives.ReadUInt64BigEndian(request.Extras));
        if (BinaryPrimitives.ReadUInt32BigEndian(request.Extras[16..]) != NeverCreate)
        {
            Number(output, " J"u8, BinaryPrimitives.ReadUInt64BigEndian(request.Extras[8..]));
            Number(output, " N"u8, Expiry(request.Extras[16..]));
        }

        Unique(output, request.Unique);
    }

    private static void Store(ByteBuffer output, in BinaryRequest request)
    {
        StoreLine(output, request, request.Value.Length);
        output.Append(request.Value);
    }

    private static void StoreLine(ByteBuffer output, in BinaryRequest request, long valueBytes)
    {
        bool encoded = NeedsBase64(request.Key);
        output.Append("ms "u8);
        Key(output, request.Key, encoded);
        Number(output, " "u8, (ulong)valueBytes);
        output.Append(encoded ? " b c"u8 : " c"u8);
        if (!request.Extras.IsEmpty)
        {
            Number(output, " F"u8, BinaryPrimitives.ReadUInt32BigEndian(request.Extras));
            Number(output, " T"u8, Expiry(request.Extras[4..]));
        }

        // A unique makes every mode but the appending ones a compare-and-swap, as it does in memcached.
        output.Append(request.Operation switch
        {
            BinaryOpcode.Append => " MA"u8,
            BinaryOpcode.Prepend => " MP"u8,
            BinaryOpcode.Add when request.Unique == 0 => " ME"u8,
            BinaryOpcode.Replace when request.Unique == 0 => " MR"u8,
            _ => default,
        });
        Unique(output, request.Unique);
        output.Append("\r\n"u8);
    }

    private static void Line(ByteBuffer output, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> key)
    {
        bool encoded = NeedsBase64(key);
        output.Append(verb);
        Key(output, key, encoded);
        output.Append(encoded ? " b"u8 : default);
    }

    private static void Key(ByteBuffer output, ReadOnlySpan<byte> key, bool encoded)
    {
        if (!encoded)
        {
            output.Append(key);
            return;
        }

        Base64.EncodeToUtf8(key, output.Reserve(Base64.GetMaxEncodedToUtf8Length(key.Length)), out _, out int length);
        output.Commit(length);
    }

    private static void Unique(ByteBuffer output, ulong unique)
    {
        if (unique != 0)
        {
            Number(output, " C"u8, unique);
        }
    }

    private static void Number(ByteBuffer output, ReadOnlySpan<byte> name, ulong number)
    {
        output.Append(name);
        Utf8Formatter.TryFormat(number, output.Reserve(20), out int length);
        output.Commit(length);
    }

    /// <summary>The text protocol reads expiries as signed: a later one means the same, far away.</summary>
    private static ulong Expiry(ReadOnlySpan<byte> extras) => Math.Min(BinaryPrimitives.ReadUInt32BigEndian(extras), int.MaxValue);

    private static bool NeedsBase64(ReadOnlySpan<byte> key) => key.ContainsAnyInRange((byte)0, (byte)' ') || key.Contains((byte)0x7f);
}
