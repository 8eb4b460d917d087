namespace Fleet.Proxy.Protocol;

/// <summary>
/// The meta commands. Grammar (memcached doc/protocol.txt):
/// <code>
/// mg KEY FLAG*   md KEY FLAG*   ma KEY FLAG*   me KEY [b]   mn
/// ms KEY BYTES FLAG* \r\n VALUE \r\n
/// </code>
/// A node is never asked quietly: the proxy takes the q flag away and leaves out the nominal answer itself, so that every request has a
/// reply to be matched with.
/// </summary>
internal readonly ref struct MetaParser(int maxValueBytes, int wholeValueBytes)
{
    private const int LineEnd = 2;

    /// <summary>True for the verbs of this parser.</summary>
    public static bool IsVerb(ReadOnlySpan<byte> verb) => verb.Length == 2 && verb[0] == 'm' && "gsdaen"u8.Contains(verb[1]);

    public bool Parse(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> after, ref ParsedCommand command)
    {
        command.Verb = verb[1];
        switch (verb[1])
        {
            case (byte)'n':
                command.Reply = Replies.MetaNoop;
                return true;
            case (byte)'s':
                return Store(line, rest, after, ref command);
            default:
                One(line, rest, ref command);
                return true;
        }
    }

    private static void One(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        command.Key = Words.Next(ref rest);
        bool debug = command.Verb == 'e';
        if (!Words.IsKey(command.Key))
        {
            command.Reply = command.Key.IsEmpty && !debug ? Replies.Error : Replies.BadFormat;
            return;
        }

        if (debug)
        {
            Debug(line, rest, ref command);
            return;
        }

        MetaFlags flags = MetaFlags.Read(command.Key, rest);
        bool change = command.Verb != 'g';
        command.Reply = flags.Problem is null || !change ? flags.Problem
            : ReferenceEquals(flags.Problem, Replies.TooManyFlags) ? Replies.TooManyFlagsOfChange
            : Replies.InvalidOrDuplicate;
        if (command.Verb == 'a' && flags.Mode != 0 && !"ID+-"u8.Contains(flags.Mode))
        {
            command.Reply ??= Replies.BadCountMode;
        }

        Accept(line, rest, flags, ref command);
    }

    /// <summary>me takes no flag but b, as its first.</summary>
    private static void Debug(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        ReadOnlySpan<byte> flags = rest;
        command.Encoded = Words.Next(ref rest).SequenceEqual("b"u8);
        if (flags.Contains((byte)0) || (command.Encoded && !MetaFlags.IsBase64(command.Key)))
        {
            command.Reply = Replies.BadFormat;
            return;
        }

        command.Line = line;
        command.Kind = CommandKind.Meta;
    }

    private bool Store(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> after, ref ParsedCommand command)
    {
        command.Key = Words.Next(ref rest);
        ReadOnlySpan<byte> bytes = Words.Next(ref rest);
        if (command.Key.IsEmpty || !Words.IsInt32(bytes, out int length) || length is < 0 or > int.MaxValue - LineEnd)
        {
            command.Reply = command.Key.IsEmpty ? Replies.Error : Replies.BadFormat;
            return true;
        }

        MetaFlags flags = MetaFlags.Read(command.Key, rest);
        command.Reply = !Words.IsKey(command.Key) ? Replies.BadFormat
            : ReferenceEquals(flags.Problem, Replies.TooManyFlags) ? Replies.TooManyFlagsOfChange
            : flags.Problem;
        if (flags.Mode != 0 && !"EAPRS"u8.Contains(flags.Mode))
        {
            command.Reply ??= Replies.BadStoreMode;
        }

        if (length > maxValueBytes && command.Reply is null && !flags.LongOpaque)
        {
            command.Evict = true;
            command.Encoded = flags.Encoded;
            command.Reply = Replies.TooLarge;
        }

        if (command.Reply is not null || flags.LongOpaque)
        {
            command.Reply ??= Replies.LongOpaque;
            command.Swallow = (long)length + LineEnd;
            return true;
        }

        if (length > wholeValueBytes)
        {
            Accept(line, rest, flags, ref command);
            command.StreamBytes = (long)length + LineEnd;
            return true;
        }

        if (after.Length < length + LineEnd)
        {
            return false;
        }

        command.Consumed += length + LineEnd;
        command.Value = after[..(length + LineEnd)];
        command.Reply = command.Value.EndsWith("\r\n"u8) ? null : Replies.BadChunk;
        Accept(line, rest, flags, ref command);
        return true;
    }

    private static void Accept(ReadOnlySpan<byte> line, ReadOnlySpan<byte> words, in MetaFlags flags, ref ParsedCommand command)
    {
        command.Reply ??= flags.LongOpaque ? Replies.LongOpaque : null;
        if (command.Reply is not null)
        {
            return;
        }

        command.Encoded = flags.Encoded;
        command.Quiet = flags.Quiet;
        int cut = flags.Quiet ? line.Length - words.Length + flags.QuietStart : line.Length;
        command.Line = line[..cut];
        command.Tail = line[(cut + flags.QuietLength)..];
        command.Kind = CommandKind.Meta;
    }
}
