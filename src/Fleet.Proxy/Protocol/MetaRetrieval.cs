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
        ReadOnlySpan<byte> flags = unique ? " k f c v\r\n"u8 : " k f v\r\n"u8;
        int length = "mg "u8.Length + key.Length + flags.Length;
        Span<byte> room = output.Reserve(length);
        "mg "u8.CopyTo(room);
        key.CopyTo(room[3..]);
        flags.CopyTo(room[(3 + key.Length)..]);
        output.Commit(length);
    }

    /// <summary>The first reply: EN\r\n, or VA BYTES FLAG*\r\n DATA \r\n.</summary>
    /// <param name="input">What the node sent.</param>
    /// <param name="maxValueBytes">Longest value that can be meant.</param>
    /// <param name="length">As in <see cref="ReplyParser"/>.</param>
    /// <param name="value">The value of a hit.</param>
    public static ReplyOutcome Parse(ReadOnlySpan<byte> input, int maxValueBytes, out int length, out MetaValue value)
    {
        value = default;
        ReplyOutcome outcome = MetaReply.Parse(input, maxValueBytes, out length, out int header);
        if (outcome == ReplyOutcome.Hit)
        {
            value = new MetaValue(input[..length], header);
            return value.IsSound ? ReplyOutcome.Hit : ReplyOutcome.Malformed;
        }

        return outcome == ReplyOutcome.Line && !input.StartsWith("EN"u8) ? ReplyOutcome.Malformed : outcome;
    }

    /// <summary>VALUE KEY FLAGS BYTES [UNIQUE]\r\n DATA \r\n END\r\n from a complete value reply.</summary>
    public static void WriteClassic(ByteBuffer output, ReadOnlySpan<byte> reply) =>
        WriteClassic(output, new MetaValue(reply, reply.IndexOf((byte)'\n') + 1));

    /// <summary>The same from a reply that is cut already.</summary>
    public static void WriteClassic(ByteBuffer output, in MetaValue value) =>
        output.Commit(value.WriteClassic(output.Reserve(value.MaxClassicBytes), end: true));
}
