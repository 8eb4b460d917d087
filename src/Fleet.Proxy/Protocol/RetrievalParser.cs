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

        for (ReadOnlySpan<byte> key = command.Key; !key.IsEmpty; key = Words.Next(ref rest))
        {
            if (!Words.IsKey(key))
            {
                command.Reply = Replies.BadFormat;
                return;
            }
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
}
