namespace Fleet.Proxy.Protocol;

/// <summary>
/// Cuts the text protocol, classic and meta, into commands: span in, command out, no state. Grammar (memcached doc/protocol.txt):
/// <code>
/// (get|gets) KEY+                                    (gat|gats) EXPTIME KEY+
/// (set|add|replace|append|prepend) KEY FLAGS EXPTIME BYTES [noreply] \r\n VALUE \r\n
/// cas KEY FLAGS EXPTIME BYTES UNIQUE [noreply] \r\n VALUE \r\n
/// delete KEY [0] [noreply]   (incr|decr) KEY DELTA [noreply]   touch KEY EXPTIME [noreply]
/// (mg|md|ma) KEY FLAG*   ms KEY BYTES FLAG* \r\n VALUE \r\n   me KEY [b]   mn
/// flush_all [DELAY] [noreply]   verbosity LEVEL [noreply]   version   stats [reset]   quit
/// </code>
/// A line ends with \n, with or without \r before it. Where memcached's answer depends on how the bytes were cut into packets, this
/// parser's does not.
/// </summary>
/// <param name="maxValueBytes">A larger value is refused.</param>
/// <param name="wholeValueBytes">A larger value is not waited for: its bytes follow the command.</param>
internal readonly ref struct CommandParser(int maxValueBytes, int wholeValueBytes = int.MaxValue)
{
    /// <summary>Longest line except retrieval, bytes; memcached closes connections beyond.</summary>
    public const int MaxLine = 2048;

    /// <summary>Longest retrieval line, bytes: 1,000 keys of full length.</summary>
    public const int MaxRetrievalLine = 256 * 1024;

    /// <summary>Parses the first command of the input; false when more input is needed first.</summary>
    public bool TryParse(ReadOnlySpan<byte> input, out ParsedCommand command)
    {
        command = default;
        int end = input.IndexOf((byte)'\n');
        int limit = IsRetrieval(input) ? MaxRetrievalLine : MaxLine;
        if ((end < 0 ? input.Length : end) > limit)
        {
            command.Kind = CommandKind.Close;
            command.Reply = Replies.LineTooLong;
            command.Consumed = input.Length;
            return true;
        }

        if (end < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> line = input[..(end > 0 && input[end - 1] == '\r' ? end - 1 : end)];
        command.Consumed = end + 1;
        return ParseLine(line, input[(end + 1)..], ref command);
    }

    private bool ParseLine(ReadOnlySpan<byte> line, ReadOnlySpan<byte> after, ref ParsedCommand command)
    {
        ReadOnlySpan<byte> rest = line;
        ReadOnlySpan<byte> verb = Words.Next(ref rest);
        switch (verb.Length)
        {
            case 3 when verb.SequenceEqual("get"u8):
            case 4 when verb.SequenceEqual("gets"u8):
                RetrievalParser.Parse(verb, rest, ref command);
                return true;
            case 3 when verb.SequenceEqual("gat"u8):
            case 4 when verb.SequenceEqual("gats"u8):
                RetrievalParser.ParseTouching(line, verb, rest, ref command);
                return true;
            case 3 when verb.SequenceEqual("set"u8) || verb.SequenceEqual("add"u8):
            case 6 when verb.SequenceEqual("append"u8):
            case 7 when verb.SequenceEqual("replace"u8) || verb.SequenceEqual("prepend"u8):
                return new StoreParser(maxValueBytes, wholeValueBytes).Parse(line, rest, after, hasUnique: false, ref command);
            case 3 when verb.SequenceEqual("cas"u8):
                return new StoreParser(maxValueBytes, wholeValueBytes).Parse(line, rest, after, hasUnique: true, ref command);
            case 2 when MetaParser.IsVerb(verb):
                return new MetaParser(maxValueBytes, wholeValueBytes).Parse(line, verb, rest, after, ref command);
            default:
                SimpleParser.Parse(line, verb, rest, ref command);
                return true;
        }
    }

    private static bool IsRetrieval(ReadOnlySpan<byte> input)
    {
        ReadOnlySpan<byte> word = input.TrimStart((byte)' ');
        return word.Length < 5 || word.StartsWith("get "u8) || word.StartsWith("gets "u8)
            || word.StartsWith("gat "u8) || word.StartsWith("gats "u8);
    }
}
