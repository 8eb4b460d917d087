using Fleet.Proxy.Engine;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Transfers;

/// <summary>The first line of a large value's reply: the words of the reply that it was found in, the figures of the value that follows.</summary>
internal static class LargeHeader
{
    private const int ClassicWordsWithUnique = 5;

    /// <summary>VA BYTES FLAG*\r\n as the client asked; size, version and client flags are those of what follows.</summary>
    /// <param name="output">Takes the line.</param>
    /// <param name="first">The line that was found first, without its end.</param>
    /// <param name="words">BYTES FLAG* of the value that follows.</param>
    public static void WriteMeta(ByteBuffer output, ReadOnlySpan<byte> first, ReadOnlySpan<byte> words)
    {
        ReadOnlySpan<byte> size = Words.Next(ref words);
        _ = Words.Next(ref first);
        _ = Words.Next(ref first);
        output.Append("VA "u8);
        output.Append(size);
        for (ReadOnlySpan<byte> word = Words.Next(ref first); !word.IsEmpty; word = Words.Next(ref first))
        {
            output.Append(" "u8);
            output.Append(word[..1]);
            output.Append(word[0] switch
            {
                (byte)'s' => size,
                (byte)'f' or (byte)'c' => MetaReply.Flag(words, word[0]),
                _ => word[1..],
            });
        }

        output.Append("\r\n"u8);
    }

    /// <summary>VALUE KEY FLAGS BYTES [UNIQUE]\r\n; with the unique when the first line has it.</summary>
    /// <param name="output">Takes the line.</param>
    /// <param name="first">The line that was found first, classic or meta, without its end.</param>
    /// <param name="words">BYTES FLAG* of the value that follows.</param>
    /// <param name="key">The key.</param>
    public static void WriteClassic(ByteBuffer output, ReadOnlySpan<byte> first, ReadOnlySpan<byte> words, ReadOnlySpan<byte> key)
    {
        bool unique = first.StartsWith("VALUE "u8)
            ? Count(first) == ClassicWordsWithUnique
            : !MetaReply.Flag(first[3..], (byte)'c').IsEmpty;
        ReadOnlySpan<byte> size = Words.Next(ref words);
        output.Append("VALUE "u8);
        output.Append(key);
        output.Append(" "u8);
        output.Append(MetaReply.Flag(words, (byte)'f'));
        output.Append(" "u8);
        output.Append(size);
        if (unique)
        {
            output.Append(" "u8);
            output.Append(MetaReply.Flag(words, (byte)'c'));
        }

        output.Append("\r\n"u8);
    }

    private static int Count(ReadOnlySpan<byte> words)
    {
        int count = 0;
        while (!Words.Next(ref words).IsEmpty)
        {
            count++;
        }

        return count;
    }
}
