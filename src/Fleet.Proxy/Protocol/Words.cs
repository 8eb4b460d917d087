using System.Buffers.Text;

namespace Fleet.Proxy.Protocol;

/// <summary>Words of a command line: parted by one or more spaces, as memcached parts them.</summary>
internal static class Words
{
    /// <summary>Longest key, bytes.</summary>
    public const int MaxKey = 250;

    /// <summary>The next word; empty at the end of the line. <paramref name="rest"/> becomes what follows the word.</summary>
    public static ReadOnlySpan<byte> Next(scoped ref ReadOnlySpan<byte> rest)
    {
        int start = 0;
        while (start < rest.Length && rest[start] == ' ')
        {
            start++;
        }

        rest = rest[start..];
        int length = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = length < 0 ? rest : rest[..length];
        rest = rest[word.Length..];
        return word;
    }

    /// <summary>The plain form of a key in base64, in <paramref name="room"/>.</summary>
    public static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> key, Span<byte> room)
    {
        _ = Base64.DecodeFromUtf8(key, room, out _, out int length);
        return room[..length];
    }

    /// <summary>True for a key that a node takes: 1 to 250 bytes without NUL (memcached would cut the key there).</summary>
    public static bool IsKey(ReadOnlySpan<byte> word) => word.Length is > 0 and <= MaxKey && !word.Contains((byte)0);

    /// <summary>A signed 32-bit number and nothing else.</summary>
    public static bool IsInt32(ReadOnlySpan<byte> word, out int value) =>
        Utf8Parser.TryParse(word, out value, out int used) && used == word.Length && used > 0;

    /// <summary>A time to live: a signed number; memcached cuts it to 32 bits itself.</summary>
    public static bool IsExpiry(ReadOnlySpan<byte> word) =>
        Utf8Parser.TryParse(word, out long _, out int used) && used == word.Length && used > 0;

    /// <summary>An unsigned 64-bit number, with or without a plus sign, and nothing else.</summary>
    public static bool IsUInt64(ReadOnlySpan<byte> word)
    {
        ReadOnlySpan<byte> digits = word.StartsWith("+"u8) ? word[1..] : word;
        return Utf8Parser.TryParse(digits, out ulong _, out int used) && used == digits.Length && digits is [>= (byte)'0', ..];
    }

    public static bool IsNoReply(ReadOnlySpan<byte> word) => word.SequenceEqual("noreply"u8);
}
