namespace Fleet.Core.Routing;

/// <summary>
/// Keys that share the text between two marks share a node: with "{}" the keys "{user7}:name" and "{user7}:cart" are placed by "user7".
/// As in twemproxy: the first opening mark, the next closing mark, and the whole key when either is missing or nothing is between.
/// </summary>
/// <param name="Open">Opening mark, printable ASCII.</param>
/// <param name="Close">Closing mark, printable ASCII; may equal <paramref name="Open"/>.</param>
public readonly record struct HashTag(byte Open, byte Close)
{
    /// <summary>Legal forms, for messages.</summary>
    public const string Rule = "two printable characters without space, for example {}";

    /// <summary>Parses two characters; empty or null means no tag.</summary>
    public static bool TryParse(string? text, out HashTag tag)
    {
        bool legal = text is { Length: 2 } && text.All(c => c is > ' ' and <= '~');
        tag = legal ? new HashTag((byte)text![0], (byte)text[1]) : default;
        return legal || string.IsNullOrEmpty(text);
    }

    /// <summary>The part of a key that decides its node, where the key is one of many in a text.</summary>
    public KeySpan Of(ReadOnlySpan<byte> text, KeySpan key)
    {
        if (Open == 0)
        {
            return key;
        }

        ReadOnlySpan<byte> whole = key.Of(text);
        ReadOnlySpan<byte> part = Of(whole);
        _ = whole.Overlaps(part, out int start);
        return new KeySpan(key.Start + start, part.Length);
    }

    /// <summary>The part of a key that decides its node.</summary>
    public ReadOnlySpan<byte> Of(ReadOnlySpan<byte> key)
    {
        int open = Open == 0 ? -1 : key.IndexOf(Open);
        if (open < 0)
        {
            return key;
        }

        ReadOnlySpan<byte> rest = key[(open + 1)..];
        int length = rest.IndexOf(Close);
        return length > 0 ? rest[..length] : key;
    }
}
