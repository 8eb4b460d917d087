using System.Buffers.Binary;
using System.Buffers.Text;
using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Protocol;

/// <summary>Writes replies of the binary protocol, from constants or from what a node said in text.</summary>
internal static class BinaryReply
{
    private const byte Magic = 0x81;
    private const int FlagsBytes = 4;

    /// <summary>A reply without a body, or with the text that memcached has for the status.</summary>
    public static void Write(ByteBuffer output, BinaryOpcode opcode, uint opaque, BinaryStatus status) =>
        Write(output, opcode, opaque, status, default, Text(status));

    /// <summary>A reply with a key and a value.</summary>
    public static void Write(
        ByteBuffer output, BinaryOpcode opcode, uint opaque, BinaryStatus status, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Header(output, opcode, opaque, status, key.Length, 0, key.Length + value.Length, 0);
        output.Append(key);
        output.Append(value);
    }

    /// <summary>Tells what a node (or the proxy in its place) said in text; nothing when a quiet client does not want it.</summary>
    public static void Translate(ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> reply, ReplyOutcome outcome)
    {
        if (request.Shape == ReplyShape.BinaryStats && outcome != ReplyOutcome.Error)
        {
            Stats(output, request, reply);
            return;
        }

        if (outcome == ReplyOutcome.Error)
        {
            Failure(output, request, reply);
            return;
        }

        if (request.Quiet && (request.Shape == ReplyShape.BinaryLine || MetaReply.IsNominal(reply, request.Retrieval)))
        {
            return;
        }

        BinaryStatus status = request.Shape == ReplyShape.BinaryLine ? BinaryStatus.Ok : Status(request, reply);
        int header = reply.IndexOf((byte)'\n') + 1;
        ReadOnlySpan<byte> words = reply[..Math.Max(header - 2, 0)];
        if (status != BinaryStatus.Ok)
        {
            Miss(output, request, status, words);
        }
        else if (request.Retrieval)
        {
            Value(output, request, words, outcome == ReplyOutcome.Hit ? reply[header..^2] : default);
        }
        else
        {
            Changed(output, request, words, outcome == ReplyOutcome.Hit ? reply[header..^2] : default);
        }
    }

    /// <summary>Everything of a value's reply that comes before the value.</summary>
    /// <param name="output">Takes it.</param>
    /// <param name="request">The client's request.</param>
    /// <param name="key">The key, empty when the client did not ask for it.</param>
    /// <param name="words">BYTES FLAG* of the node's reply.</param>
    /// <param name="valueBytes">Length of the value.</param>
    public static void WriteValueHeader(
        ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> key, ReadOnlySpan<byte> words, long valueBytes)
    {
        Span<byte> flags = stackalloc byte[FlagsBytes];
        _ = Utf8Parser.TryParse(MetaReply.Flag(words, (byte)'f'), out uint bits, out _);
        BinaryPrimitives.WriteUInt32BigEndian(flags, bits);
        _ = Utf8Parser.TryParse(MetaReply.Flag(words, (byte)'c'), out ulong unique, out _);
        Header(output, request.Opcode, request.Opaque, BinaryStatus.Ok, key.Length, FlagsBytes, (int)(FlagsBytes + key.Length + valueBytes), unique);
        output.Append(flags);
        output.Append(key);
    }

    private static void Value(ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> words, ReadOnlySpan<byte> value)
    {
        Span<byte> flags = stackalloc byte[FlagsBytes];
        _ = Utf8Parser.TryParse(MetaReply.Flag(words[2..], (byte)'f'), out uint bits, out _);
        BinaryPrimitives.WriteUInt32BigEndian(flags, bits);
        Span<byte> plain = stackalloc byte[Words.MaxKey];
        ReadOnlySpan<byte> key = MetaReply.Key(words, plain);
        Header(output, request.Opcode, request.Opaque, BinaryStatus.Ok,
            key.Length, FlagsBytes, FlagsBytes + key.Length + value.Length, UniqueOf(words));
        output.Append(flags);
        output.Append(key);
        output.Append(value);
    }

    private static void Changed(ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> words, ReadOnlySpan<byte> number)
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        bool counts = Utf8Parser.TryParse(number, out ulong value, out _);
        BinaryPrimitives.WriteUInt64BigEndian(count, value);
        int body = counts ? sizeof(ulong) : 0;
        Header(output, request.Opcode, request.Opaque, BinaryStatus.Ok, 0, 0, body, UniqueOf(words));
        output.Append(count[..body]);
    }

    /// <summary>A miss tells the key when the client asked for it, else the text of the status.</summary>
    private static void Miss(ByteBuffer output, in PendingRequest request, BinaryStatus status, ReadOnlySpan<byte> words)
    {
        Span<byte> plain = stackalloc byte[Words.MaxKey];
        ReadOnlySpan<byte> key = request.Retrieval ? MetaReply.Key(words, plain) : default;
        Write(output, request.Opcode, request.Opaque, status, key, key.IsEmpty ? Text(status) : default);
    }

    private static BinaryStatus Status(in PendingRequest request, ReadOnlySpan<byte> reply)
    {
        bool appends = request.Opcode
            is BinaryOpcode.Append or BinaryOpcode.AppendQ or BinaryOpcode.Prepend or BinaryOpcode.PrependQ;
        bool adds = request.Opcode is BinaryOpcode.Add or BinaryOpcode.AddQ;
        return reply[0] switch
        {
            (byte)'V' or (byte)'H' => BinaryStatus.Ok,
            (byte)'E' when reply[1] == 'X' => BinaryStatus.Exists,
            (byte)'N' when reply[1] == 'S' => appends ? BinaryStatus.NotStored : adds ? BinaryStatus.Exists : BinaryStatus.NotFound,
            _ => BinaryStatus.NotFound,
        };
    }

    private static void Failure(ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> reply)
    {
        var opcode = request.Opcode;
        BinaryStatus status = reply.StartsWith("CLIENT_ERROR cannot increment"u8) ? BinaryStatus.NotANumber
            : reply.StartsWith("SERVER_ERROR object too large"u8) ? BinaryStatus.TooLarge
            : reply.StartsWith("SERVER_ERROR out of memory"u8) ? BinaryStatus.OutOfMemory
            : reply.StartsWith("SERVER_ERROR "u8) ? BinaryStatus.Temporary
            : request.Shape == ReplyShape.BinaryStats ? BinaryStatus.NotFound
            : BinaryStatus.Internal;
        ReadOnlySpan<byte> words = status == BinaryStatus.Temporary ? reply["SERVER_ERROR "u8.Length..].TrimEnd("\r\n"u8) : Text(status);
        Write(output, opcode, request.Opaque, status, default, words);
    }

    /// <summary>STAT NAME VALUE\r\n ... END\r\n as one packet per line and an empty one.</summary>
    private static void Stats(ByteBuffer output, in PendingRequest request, ReadOnlySpan<byte> reply)
    {
        for (int end = reply.IndexOf((byte)'\n'); end >= 0; end = reply.IndexOf((byte)'\n'))
        {
            ReadOnlySpan<byte> words = reply[..end].TrimEnd((byte)'\r');
            reply = reply[(end + 1)..];
            if (Words.Next(ref words).SequenceEqual("STAT"u8))
            {
                ReadOnlySpan<byte> name = Words.Next(ref words);
                Write(output, request.Opcode, request.Opaque, BinaryStatus.Ok, name, words.TrimStart((byte)' '));
            }
        }

        Write(output, request.Opcode, request.Opaque, BinaryStatus.Ok);
    }

    private static ulong UniqueOf(ReadOnlySpan<byte> words) =>
        Utf8Parser.TryParse(MetaReply.Flag(words[2..], (byte)'c'), out ulong unique, out _) ? unique : 0;

    private static void Header(
        ByteBuffer output, BinaryOpcode opcode, uint opaque, BinaryStatus status, int key, int extras, int body, ulong unique)
    {
        Span<byte> header = output.Reserve(BinaryParser.Header)[..BinaryParser.Header];
        header[0] = Magic;
        header[1] = (byte)opcode;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)key);
        header[4] = (byte)extras;
        header[5] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)status);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], body);
        BinaryPrimitives.WriteUInt32BigEndian(header[12..], opaque);
        BinaryPrimitives.WriteUInt64BigEndian(header[16..], unique);
        output.Commit(BinaryParser.Header);
    }

    private static ReadOnlySpan<byte> Text(BinaryStatus status) => status switch
    {
        BinaryStatus.NotFound => "Not found"u8,
        BinaryStatus.Exists => "Data exists for key."u8,
        BinaryStatus.TooLarge => "Too large."u8,
        BinaryStatus.Invalid => "Invalid arguments"u8,
        BinaryStatus.NotStored => "Not stored."u8,
        BinaryStatus.NotANumber => "Non-numeric server-side value for incr or decr"u8,
        BinaryStatus.AuthFailure => "Auth failure."u8,
        BinaryStatus.UnknownCommand => "Unknown command"u8,
        BinaryStatus.OutOfMemory => "Out of memory"u8,
        BinaryStatus.Internal => "Internal error"u8,
        _ => default,
    };
}
