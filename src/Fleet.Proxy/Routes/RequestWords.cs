using System.Buffers.Text;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Routes;

/// <summary>Reads and writes requests as nodes see them: one classic or meta line, and for a store the value.</summary>
internal static class RequestWords
{
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>A plain get: asked as mg, and any node that has the value can answer it.</summary>
    public static bool IsPlainGet(in PendingRequest request, ReadOnlySpan<byte> bytes) =>
        request.Shape == ReplyShape.MetaAsClassic && bytes.EndsWith(" k f v\r\n"u8);

    /// <summary>The client does not want the nominal answer, and nobody leaves it out behind the rules as the binary protocol does.</summary>
    public static bool IsQuiet(in PendingRequest request) => request is { Quiet: true, Shape: ReplyShape.Meta };

    /// <summary>The request as one whose every answer is told.</summary>
    public static PendingRequest Loud(in PendingRequest request) =>
        IsQuiet(request) ? request with { Quiet = false } : request;

    public static RequestKind KindOf(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<byte> words = bytes[..bytes.IndexOf((byte)'\r')];
        ReadOnlySpan<byte> verb = Words.Next(ref words);
        if (verb.StartsWith("g"u8) || verb.SequenceEqual("mg"u8) || verb.SequenceEqual("me"u8))
        {
            return RequestKind.Read;
        }

        if (verb.SequenceEqual("add"u8) || verb.SequenceEqual("replace"u8) || verb.SequenceEqual("cas"u8))
        {
            return RequestKind.Conditional;
        }

        return verb[0] == 'm' && verb.Length == 2 && IsConditional(verb[1], words) ? RequestKind.Conditional : RequestKind.Write;
    }

    /// <summary>
    /// True for a read that any node with the value can answer: one that changes nothing and asks for no version, which is each node's own.
    /// </summary>
    public static bool IsSpreadable(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith("mg "u8))
        {
            return false;
        }

        ReadOnlySpan<byte> words = bytes[3..bytes.IndexOf((byte)'\r')];
        _ = Words.Next(ref words);
        for (ReadOnlySpan<byte> word = Words.Next(ref words); !word.IsEmpty; word = Words.Next(ref words))
        {
            if ("NRTEc"u8.Contains(word[0]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>mg KEY k f t v</summary>
    public static void WriteFetch(ByteBuffer output, ReadOnlySpan<byte> key)
    {
        output.Append("mg "u8);
        bool encoded = AppendKey(output, key);
        output.Append(encoded ? " b k f t v\r\n"u8 : " k f t v\r\n"u8);
    }

    /// <summary>mg KEY f c v</summary>
    public static void WriteRead(ByteBuffer output, ReadOnlySpan<byte> key)
    {
        output.Append("mg "u8);
        bool encoded = AppendKey(output, key);
        output.Append(encoded ? " b f c v\r\n"u8 : " f c v\r\n"u8);
    }

    /// <summary>md KEY</summary>
    public static void WriteDelete(ByteBuffer output, ReadOnlySpan<byte> key)
    {
        output.Append("md "u8);
        bool encoded = AppendKey(output, key);
        output.Append(encoded ? " b\r\n"u8 : LineEnd);
    }

    /// <summary>ms KEY BYTES F T ME: an add. <paramref name="ttlSeconds"/> below 0: does not expire.</summary>
    public static void WriteAdd(
        ByteBuffer output, ReadOnlySpan<byte> key, ReadOnlySpan<byte> flags, long ttlSeconds, ReadOnlySpan<byte> valueWithLineEnd)
    {
        output.Append("ms "u8);
        bool encoded = AppendKey(output, key);
        output.Append(" "u8);
        AppendNumber(output, valueWithLineEnd.Length - LineEnd.Length);
        output.Append(encoded ? " b ME F"u8 : " ME F"u8);
        output.Append(flags);
        if (ttlSeconds >= 0)
        {
            output.Append(" T"u8);
            AppendNumber(output, ttlSeconds);
        }

        output.Append(LineEnd);
        output.Append(valueWithLineEnd);
    }

    public static void AppendNumber(ByteBuffer output, long number)
    {
        const int Digits = 20;
        Utf8Formatter.TryFormat(number, output.Reserve(Digits), out int written);
        output.Commit(written);
    }

    // Keys of the binary protocol may hold what parts words in text.
    private static bool AppendKey(ByteBuffer output, ReadOnlySpan<byte> key)
    {
        bool encoded = key.IndexOfAnyInRange((byte)0, (byte)' ') >= 0 || key.Contains((byte)0x7f);
        if (!encoded)
        {
            output.Append(key);
            return false;
        }

        Base64.EncodeToUtf8(key, output.Reserve(Base64.GetMaxEncodedToUtf8Length(key.Length)), out _, out int written);
        output.Commit(written);
        return true;
    }

    private static bool IsConditional(byte verb, ReadOnlySpan<byte> words)
    {
        _ = Words.Next(ref words);
        for (ReadOnlySpan<byte> word = Words.Next(ref words); !word.IsEmpty; word = Words.Next(ref words))
        {
            // A mode of ms decides by what is there (add, replace); one of ma is the direction. C compares the version.
            bool mode = verb == 's' && word[0] == 'M' && word.Length > 1 && word[1] is not ((byte)'S' or (byte)'s');
            if (word[0] == 'C' || mode)
            {
                return true;
            }
        }

        return false;
    }
}
