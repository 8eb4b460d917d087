using System.Buffers.Text;

namespace Fleet.Lab.Load;

/// <summary>What one reply says.</summary>
internal enum ReplyKind
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    /// <summary>The expected bytes.</summary>
    Expected,

    /// <summary>A read of an absent key.</summary>
    Miss,

    /// <summary>The server refused.</summary>
    ServerError,

    /// <summary>A whole value reply, but not the expected one.</summary>
    Mismatch,

    /// <summary>Not the protocol; the connection cannot be used further.</summary>
    Garbage,
}

/// <summary>Compares what arrived with the reply that a correct server gives.</summary>
internal static class ReplyReader
{
    private const int MaxLine = 1024;
    private const int MaxValueBytes = 32 * 1024;

    /// <summary>Reads one reply at the start of what arrived.</summary>
    /// <param name="arrived">Bytes of the connection, from the start of a reply.</param>
    /// <param name="expected">The whole reply of a correct server.</param>
    /// <param name="consumed">Bytes of the reply; 0 when incomplete or garbage.</param>
    public static ReplyKind Read(ReadOnlySpan<byte> arrived, ReadOnlySpan<byte> expected, out int consumed)
    {
        if (arrived.StartsWith(expected))
        {
            consumed = expected.Length;
            return ReplyKind.Expected;
        }

        consumed = 0;
        return arrived.Length < expected.Length && expected.StartsWith(arrived)
            ? ReplyKind.Incomplete
            : Unexpected(arrived, out consumed);
    }

    // reply = "END\r\n" | error-line | "STORED\r\n" | "NOT_STORED\r\n" | "VALUE " key " " flags " " bytes "\r\n" data "\r\nEND\r\n"
    private static ReplyKind Unexpected(ReadOnlySpan<byte> arrived, out int consumed)
    {
        consumed = 0;
        int end = arrived[..Math.Min(arrived.Length, MaxLine)].IndexOf("\r\n"u8);
        if (end < 0)
        {
            return arrived.Length >= MaxLine ? ReplyKind.Garbage : ReplyKind.Incomplete;
        }

        ReadOnlySpan<byte> line = arrived[..end];
        if (line.StartsWith("VALUE "u8))
        {
            return OtherValue(arrived, end, out consumed);
        }

        ReplyKind kind = line.SequenceEqual("END"u8) ? ReplyKind.Miss
            : line.StartsWith("SERVER_ERROR"u8) || line.StartsWith("CLIENT_ERROR"u8) || line.SequenceEqual("ERROR"u8)
                || line.SequenceEqual("NOT_STORED"u8) ? ReplyKind.ServerError
            : line.SequenceEqual("STORED"u8) ? ReplyKind.Mismatch
            : ReplyKind.Garbage;
        consumed = kind == ReplyKind.Garbage ? 0 : end + 2;
        return kind;
    }

    private static ReplyKind OtherValue(ReadOnlySpan<byte> arrived, int lineEnd, out int consumed)
    {
        consumed = 0;
        ReadOnlySpan<byte> size = arrived[(arrived[..lineEnd].LastIndexOf((byte)' ') + 1)..lineEnd];
        if (!Utf8Parser.TryParse(size, out int bytes, out int used) || used != size.Length || bytes is < 0 or > MaxValueBytes)
        {
            return ReplyKind.Garbage;
        }

        ReadOnlySpan<byte> tail = "\r\nEND\r\n"u8;
        int total = lineEnd + 2 + bytes + tail.Length;
        if (arrived.Length < total)
        {
            return ReplyKind.Incomplete;
        }

        if (!arrived[..total].EndsWith(tail))
        {
            return ReplyKind.Garbage;
        }

        consumed = total;
        return ReplyKind.Mismatch;
    }
}
