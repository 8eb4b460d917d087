using System.Buffers;
using System.Buffers.Text;

namespace Fleet.Proxy.Protocol;

/// <summary>Cuts a node's bytes into replies to meta commands.</summary>
internal static class MetaReply
{
    private const int MaxLine = 2048;
    private const int Code = 2;

    /// <summary>
    /// The first reply: <c>VA BYTES FLAG*\r\n DATA \r\n</c> (a hit), <c>HD|EN|NF|NS|EX|ME ...\r\n</c> (a line) or an error line.
    /// <paramref name="length"/>: as in <see cref="ReplyParser"/>.
    /// </summary>
    public static ReplyOutcome Parse(ReadOnlySpan<byte> input, int maxValueBytes, out int length) =>
        Parse(input, maxValueBytes, out length, out _);

    /// <summary>As the other; <paramref name="header"/>: length of the first line, its end included.</summary>
    public static ReplyOutcome Parse(ReadOnlySpan<byte> input, int maxValueBytes, out int length, out int header)
    {
        length = 0;
        header = input.IndexOf((byte)'\n') + 1;
        if (header == 0)
        {
            return input.Length > MaxLine ? ReplyOutcome.Malformed : ReplyOutcome.NeedMore;
        }

        if (header < Code + 2 || input[header - 2] != '\r')
        {
            return ReplyOutcome.Malformed;
        }

        if (input.StartsWith("VA "u8))
        {
            return Value(input, header, maxValueBytes, out length);
        }

        length = header;
        return IsCode(input) ? ReplyOutcome.Line
            : input.StartsWith("SERVER_ERROR"u8) || input.StartsWith("CLIENT_ERROR"u8) || input.StartsWith("ERROR"u8) ? ReplyOutcome.Error
            : ReplyOutcome.Malformed;
    }

    /// <summary>The word after a flag's letter in a line's words; empty when the flag is not there.</summary>
    public static ReadOnlySpan<byte> Flag(ReadOnlySpan<byte> words, byte name)
    {
        // A length or a code comes first; neither is a flag with a token: a length starts with a digit, a code with a capital.
        for (ReadOnlySpan<byte> word = Words.Next(ref words); !word.IsEmpty; word = Words.Next(ref words))
        {
            if (word[0] == name)
            {
                return word[1..];
            }
        }

        return default;
    }

    /// <summary>The key in its plain form, in <paramref name="room"/> when it had to be decoded; empty when the reply names none.</summary>
    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> words, Span<byte> room)
    {
        ReadOnlySpan<byte> key = Flag(words, (byte)'k');
        if (!HasFlag(words, (byte)'b'))
        {
            return key;
        }

        return Base64.DecodeFromUtf8(key, room, out _, out int length) == OperationStatus.Done ? room[..length] : default;
    }

    /// <summary>True for the outcome that a quiet client does not want: a miss of mg, success of the others.</summary>
    public static bool IsNominal(ReadOnlySpan<byte> reply, bool retrieval) =>
        retrieval ? reply.StartsWith("EN"u8) : reply.StartsWith("HD"u8) || reply.StartsWith("VA "u8);

    private static bool HasFlag(ReadOnlySpan<byte> words, byte name)
    {
        ReadOnlySpan<byte> word = Words.Next(ref words);
        while (!word.IsEmpty && word[0] != name)
        {
            word = Words.Next(ref words);
        }

        return !word.IsEmpty;
    }

    private static ReplyOutcome Value(ReadOnlySpan<byte> input, int header, int maxValueBytes, out int length)
    {
        length = 0;
        if (!Utf8Parser.TryParse(input[3..header], out int bytes, out int digits) || bytes < 0 || bytes > maxValueBytes
            || input[3 + digits] is not ((byte)'\r' or (byte)' '))
        {
            return ReplyOutcome.Malformed;
        }

        length = header + bytes + 2;
        return input.Length < length ? ReplyOutcome.NeedMore
            : input.Slice(header + bytes, 2).SequenceEqual("\r\n"u8) ? ReplyOutcome.Hit
            : ReplyOutcome.Malformed;
    }

    private static bool IsCode(ReadOnlySpan<byte> line) =>
        line[Code] is (byte)' ' or (byte)'\r'
        && (line.StartsWith("HD"u8) || line.StartsWith("EN"u8) || line.StartsWith("NF"u8)
            || line.StartsWith("NS"u8) || line.StartsWith("EX"u8) || line.StartsWith("ME"u8));
}
