using System.Buffers.Text;

namespace Fleet.Proxy.Protocol;

/// <summary>What a node's reply says.</summary>
internal enum ReplyOutcome : byte
{
    /// <summary>Not complete yet.</summary>
    NeedMore,

    /// <summary>Not a reply to what was asked: nothing that follows can be trusted.</summary>
    Malformed,

    /// <summary>One line, or no value for the key.</summary>
    Line,

    /// <summary>A value.</summary>
    Hit,

    /// <summary>ERROR, CLIENT_ERROR or SERVER_ERROR.</summary>
    Error,
}

/// <summary>Cuts a node's bytes into replies to commands that were sent one key at a time.</summary>
internal static class ReplyParser
{
    private const int MaxLine = 2048;
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private static ReadOnlySpan<byte> EndLine => "END\r\n"u8;

    private static ReadOnlySpan<byte> LastLines => "\r\nEND\r\n"u8;

    /// <summary>The next item of a retrieval of many keys: a value (Hit), the END (Line), or an error. As <see cref="Parse"/>.</summary>
    public static ReplyOutcome ParseItem(ReadOnlySpan<byte> input, int maxValueBytes, out int length) =>
        input.StartsWith("VALUE "u8) ? Value(input, maxValueBytes, LineEnd, out length) : Parse(input, retrieval: true, maxValueBytes, out length);

    /// <summary>The first reply. <paramref name="length"/>: its bytes, or when more are needed and it is known, how many in all.</summary>
    public static ReplyOutcome Parse(ReadOnlySpan<byte> input, bool retrieval, int maxValueBytes, out int length)
    {
        if (retrieval && input.StartsWith("VALUE "u8))
        {
            return Value(input, maxValueBytes, LastLines, out length);
        }

        length = input.IndexOf((byte)'\n') + 1;
        if (length == 0)
        {
            return input.Length > MaxLine ? ReplyOutcome.Malformed : ReplyOutcome.NeedMore;
        }

        ReadOnlySpan<byte> line = input[..length];
        if (line.Length < 3 || line[^2] != '\r')
        {
            return ReplyOutcome.Malformed;
        }

        if (line.StartsWith("SERVER_ERROR"u8) || line.StartsWith("CLIENT_ERROR"u8) || line.StartsWith("ERROR"u8))
        {
            return ReplyOutcome.Error;
        }

        return retrieval == line.SequenceEqual(EndLine) ? ReplyOutcome.Line : ReplyOutcome.Malformed;
    }

    /// <summary>VALUE KEY FLAGS BYTES [UNIQUE]\r\n DATA, and then the tail.</summary>
    private static ReplyOutcome Value(ReadOnlySpan<byte> input, int maxValueBytes, ReadOnlySpan<byte> tail, out int length)
    {
        length = 0;
        int header = input.IndexOf((byte)'\n') + 1;
        if (header == 0)
        {
            return input.Length > MaxLine ? ReplyOutcome.Malformed : ReplyOutcome.NeedMore;
        }

        ReadOnlySpan<byte> words = input["VALUE "u8.Length..header];
        words = words[(words.IndexOf((byte)' ') + 1)..];
        words = words[(words.IndexOf((byte)' ') + 1)..];
        if (!Utf8Parser.TryParse(words, out int bytes, out int digits) || bytes < 0 || bytes > maxValueBytes
            || (words[digits] != '\r' && words[digits] != ' '))
        {
            return ReplyOutcome.Malformed;
        }

        length = header + bytes + tail.Length;
        if (input.Length < length)
        {
            return ReplyOutcome.NeedMore;
        }

        return input[(header + bytes)..].StartsWith(tail) ? ReplyOutcome.Hit : ReplyOutcome.Malformed;
    }
}
