namespace Fleet.Proxy.Protocol;

/// <summary>get, gets, gat, gats: every key is checked before any is asked for, so a bad one refuses the whole command.</summary>
internal static class RetrievalParser
{
    public static void Parse(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        command.Line = verb;
        ReadOnlySpan<byte> keys = rest;
        command.Key = Words.Next(ref rest);
        if (command.Key.IsEmpty)
        {
            command.Reply = Replies.Error;
            return;
        }

        // Of many keys none is looked at alone: what no key may hold is looked for in all at once.
        if (keys.Contains((byte)0) || HasLongWord(keys))
        {
            command.Reply = Replies.BadFormat;
            return;
        }

        command.Keys = keys;
        command.Kind = CommandKind.Retrieve;
    }

    public static void ParseTouching(ReadOnlySpan<byte> line, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        ReadOnlySpan<byte> expiry = Words.Next(ref rest);
        ReadOnlySpan<byte> peek = rest;
        if (expiry.IsEmpty || !Words.IsExpiry(expiry))
        {
            command.Reply = expiry.IsEmpty ? Replies.Error : Replies.BadExpiry;
        }
        else if (Words.Next(ref peek).IsEmpty)
        {
            command.Reply = Replies.End;
        }
        else
        {
            Parse(verb, rest, ref command);
            command.Line = line[..^rest.Length];
        }
    }

    // Steps from the last space that a word of legal length can end at to the next such space.
    private static bool HasLongWord(ReadOnlySpan<byte> words)
    {
        while (words.Length > Words.MaxKey)
        {
            int space = words[..(Words.MaxKey + 1)].LastIndexOf((byte)' ');
            if (space < 0)
            {
                return true;
            }

            words = words[(space + 1)..];
        }

        return false;
    }
}
