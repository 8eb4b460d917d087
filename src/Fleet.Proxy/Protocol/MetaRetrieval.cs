using System.Buffers.Text;
using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Protocol;

/// <summary>
/// Asks a node for a value with <c>mg</c> and tells the client in classic words. memcached sends the reply to a classic get at once, one
/// system call each, but gathers the replies to meta commands that it read together: where deferred interrupts deliver requests in batches,
/// the server's replies leave in batches too. Needs memcached 1.6 or newer at the nodes.
/// </summary>
internal static class MetaRetrieval
{
    private const int MaxLine = 2048;

    /// <summary>mg KEY k f [c] v\r\n</summary>
    public static void WriteRequest(ByteBuffer output, ReadOnlySpan<byte> key, bool unique)
    {
        output.Append("mg "u8);
        output.Append(key);
        output.Append(unique ? " k f c v\r\n"u8 : " k f v\r\n"u8);
    }

    /// <summary>The first reply: EN\r\n, or VA BYTES FLAG*\r\n DATA \r\n. <paramref name="length"/>: as in <see cref="ReplyParser"/>.</summary>
    public static ReplyOutcome Parse(ReadOnlySpan<byte> input, int maxValueBytes, out int length)
    {
        length = 0;
        int header = input.IndexOf((byte)'\n') + 1;
        if (header == 0)
        {
            return input.Length > MaxLine ? ReplyOutcome.Malformed : ReplyOutcome.NeedMore;
        }

        if (!input.StartsWith("VA "u8))
        {
            length = header;
            ReadOnlySpan<byte> line = input[..header];
            return line.StartsWith("EN\r\n"u8) || line.StartsWith("EN "u8) ? ReplyOutcome.Line
                : line.StartsWith("SERVER_ERROR"u8) || line.StartsWith("CLIENT_ERROR"u8) || line.StartsWith("ERROR"u8) ? ReplyOutcome.Error
                : ReplyOutcome.Malformed;
        }

        if (!Utf8Parser.TryParse(input[3..header], out int bytes, out int digits) || bytes < 0 || bytes > maxValueBytes
            || input[3 + digits] is not ((byte)'\r' or (byte)' ') || input[header - 2] != '\r')
        {
            return ReplyOutcome.Malformed;
        }

        length = header + bytes + 2;
        return input.Length < length ? ReplyOutcome.NeedMore
            : input.Slice(header + bytes, 2).SequenceEqual("\r\n"u8) && HasKeyAndFlags(input[3..(header - 2)]) ? ReplyOutcome.Hit
            : ReplyOutcome.Malformed;
    }

    /// <summary>VALUE KEY FLAGS BYTES [UNIQUE]\r\n DATA \r\n END\r\n from a complete value reply.</summary>
    public static void WriteClassic(ByteBuffer output, ReadOnlySpan<byte> reply)
    {
        int header = reply.IndexOf((byte)'\n') + 1;
        ReadOnlySpan<byte> words = reply[3..(header - 2)];
        ReadOnlySpan<byte> unique = Flag(words, (byte)'c');
        output.Append("VALUE "u8);
        output.Append(Flag(words, (byte)'k'));
        output.Append(" "u8);
        output.Append(Flag(words, (byte)'f'));
        output.Append(" "u8);
        output.Append(Words.Next(ref words));
        if (!unique.IsEmpty)
        {
            output.Append(" "u8);
            output.Append(unique);
        }

        output.Append("\r\n"u8);
        output.Append(reply[header..]);
        output.Append("END\r\n"u8);
    }

    private static bool HasKeyAndFlags(ReadOnlySpan<byte> words) =>
        !Flag(words, (byte)'k').IsEmpty && !Flag(words, (byte)'f').IsEmpty;

    // The first word is the length, which starts with a digit and so is never taken for a flag.
    private static ReadOnlySpan<byte> Flag(ReadOnlySpan<byte> words, byte name)
    {
        for (ReadOnlySpan<byte> word = Words.Next(ref words); !word.IsEmpty; word = Words.Next(ref words))
        {
            if (word[0] == name)
            {
                return word[1..];
            }
        }

        return default;
    }
}
