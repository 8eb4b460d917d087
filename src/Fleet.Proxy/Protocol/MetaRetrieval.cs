using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Protocol;

/// <summary>
/// Asks a node for a value with <c>mg</c> and tells the client in classic words. memcached sends the reply to a classic get at once, one
/// system call each, but gathers the replies to meta commands that it read together: where deferred interrupts deliver requests in batches,
/// the server's replies leave in batches too. Needs memcached 1.6 or newer at the nodes.
/// </summary>
internal static class MetaRetrieval
{
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
        ReplyOutcome outcome = MetaReply.Parse(input, maxValueBytes, out length);
        return outcome switch
        {
            ReplyOutcome.Line when !input.StartsWith("EN"u8) => ReplyOutcome.Malformed,
            ReplyOutcome.Hit when !HasKeyAndFlags(input[3..(input.IndexOf((byte)'\n') - 1)]) => ReplyOutcome.Malformed,
            _ => outcome,
        };
    }

    /// <summary>VALUE KEY FLAGS BYTES [UNIQUE]\r\n DATA \r\n END\r\n from a complete value reply.</summary>
    public static void WriteClassic(ByteBuffer output, ReadOnlySpan<byte> reply)
    {
        int header = reply.IndexOf((byte)'\n') + 1;
        ReadOnlySpan<byte> words = reply[3..(header - 2)];
        ReadOnlySpan<byte> unique = MetaReply.Flag(words, (byte)'c');
        output.Append("VALUE "u8);
        MetaReply.AppendKey(output, words);
        output.Append(" "u8);
        output.Append(MetaReply.Flag(words, (byte)'f'));
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
        !MetaReply.Flag(words, (byte)'k').IsEmpty && !MetaReply.Flag(words, (byte)'f').IsEmpty;
}
