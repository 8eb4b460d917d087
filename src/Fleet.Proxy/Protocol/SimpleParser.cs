namespace Fleet.Proxy.Protocol;

/// <summary>Commands of one line: changes of one key, and what the proxy answers itself.</summary>
internal static class SimpleParser
{
    public static void Parse(ReadOnlySpan<byte> line, ReadOnlySpan<byte> verb, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        switch (verb)
        {
            case var _ when verb.SequenceEqual("delete"u8):
                Delete(line, rest, ref command);
                break;
            case var _ when verb.SequenceEqual("incr"u8) || verb.SequenceEqual("decr"u8):
                Change(line, rest, isExpiry: false, ref command);
                break;
            case var _ when verb.SequenceEqual("touch"u8):
                Change(line, rest, isExpiry: true, ref command);
                break;
            case var _ when verb.SequenceEqual("flush_all"u8):
                Flush(line, rest, ref command);
                break;
            case var _ when verb.SequenceEqual("verbosity"u8):
                Verbosity(line, rest, ref command);
                break;
            case var _ when verb.SequenceEqual("stats"u8):
                Stats(rest, ref command);
                break;
            case var _ when verb.SequenceEqual("config"u8):
                Config(rest, ref command);
                break;
            case var _ when verb.SequenceEqual("shutdown"u8):
                command.Reply = Replies.NoShutdown;
                break;
            case var _ when verb.SequenceEqual("version"u8):
                command.Kind = CommandKind.Version;
                break;
            case var _ when verb.SequenceEqual("quit"u8):
                command.Kind = CommandKind.Quit;
                break;
            default:
                Unknown(rest, ref command);
                break;
        }
    }

    private static void Delete(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        command.Key = Words.Next(ref rest);
        int needed = line.Length - rest.Length;
        ReadOnlySpan<byte> first = Words.Next(ref rest);
        ReadOnlySpan<byte> second = Words.Next(ref rest);
        command.NoReply = Words.IsNoReply(second.IsEmpty ? first : second);
        bool zero = first.SequenceEqual("0"u8);
        if (command.Key.IsEmpty || !Words.Next(ref rest).IsEmpty)
        {
            command.Reply = Replies.Error;
        }
        else if (!first.IsEmpty && !(second.IsEmpty ? zero || command.NoReply : zero && command.NoReply))
        {
            command.Reply = Replies.BadDelete;
        }
        else
        {
            Forward(line[..needed], ref command);
        }
    }

    private static void Change(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, bool isExpiry, ref ParsedCommand command)
    {
        command.Key = Words.Next(ref rest);
        ReadOnlySpan<byte> argument = Words.Next(ref rest);
        int needed = line.Length - rest.Length;
        command.NoReply = Words.IsNoReply(Words.Next(ref rest));
        if (argument.IsEmpty || !Words.Next(ref rest).IsEmpty)
        {
            command.Reply = Replies.Error;
        }
        else if (!Words.IsKey(command.Key))
        {
            command.Reply = Replies.BadFormat;
        }
        else if (isExpiry ? !Words.IsExpiry(argument) : !Words.IsUInt64(argument))
        {
            command.Reply = isExpiry ? Replies.BadExpiry : Replies.BadDelta;
        }
        else
        {
            Forward(line[..needed], ref command);
        }
    }

    private static void Forward(ReadOnlySpan<byte> line, ref ParsedCommand command)
    {
        command.Line = line;
        command.Reply = Replies.BadFormat;
        command.Kind = Words.IsKey(command.Key) ? CommandKind.Change : CommandKind.Local;
    }

    private static void Flush(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        int verb = line.Length - rest.Length;
        ReadOnlySpan<byte> first = Words.Next(ref rest);
        int withDelay = line.Length - rest.Length;
        ReadOnlySpan<byte> second = Words.Next(ref rest);
        bool delayed = !first.IsEmpty && !Words.IsNoReply(first);
        command.NoReply = Words.IsNoReply(second.IsEmpty ? first : second);
        command.Line = line[..(delayed ? withDelay : verb)];
        if (!Words.Next(ref rest).IsEmpty)
        {
            command.Reply = Replies.Error;
        }
        else if (delayed && !Words.IsExpiry(first))
        {
            command.Reply = Replies.BadExpiry;
        }
        else
        {
            command.Kind = CommandKind.Broadcast;
        }
    }

    /// <summary>The nodes' verbosity; the proxy's log level is its own.</summary>
    private static void Verbosity(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        ReadOnlySpan<byte> level = Words.Next(ref rest);
        command.Line = line[..^rest.Length];
        ReadOnlySpan<byte> option = Words.Next(ref rest);
        bool legal = !level.IsEmpty && Words.Next(ref rest).IsEmpty;
        bool silent = option.IsEmpty && Words.IsNoReply(level);
        command.NoReply = legal && (silent || Words.IsNoReply(option));
        command.Reply = !legal ? Replies.Error : silent ? Replies.Ok : Replies.BadFormat;
        command.Kind = legal && !silent && Words.IsUInt64(level) ? CommandKind.Broadcast : CommandKind.Local;
    }

    private static void Stats(ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        ReadOnlySpan<byte> words = rest;
        command.Topic = StatsTopics.Parse(words);
        bool detail = Words.Next(ref rest).SequenceEqual("detail"u8);
        ReadOnlySpan<byte> option = Words.Next(ref rest);
        if (detail && !option.IsEmpty)
        {
            // memcached's own meaning: counting by key prefix, which a proxy leaves to the nodes.
            command.Reply = option.SequenceEqual("on"u8) || option.SequenceEqual("off"u8) ? Replies.Ok
                : option.SequenceEqual("dump"u8) ? Replies.End
                : Replies.BadDetail;
            return;
        }

        command.Reply = command.Topic == StatsTopic.Nothing ? Replies.End : Replies.Error;
        command.Kind = command.Topic is StatsTopic.Unknown or StatsTopic.Nothing ? CommandKind.Local : CommandKind.Stats;
    }

    /// <summary>config get cluster, as auto-discovering clients ask.</summary>
    private static void Config(ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        bool get = Words.Next(ref rest).SequenceEqual("get"u8) && Words.Next(ref rest).SequenceEqual("cluster"u8);
        command.Reply = Replies.Error;
        command.Kind = get && Words.Next(ref rest).IsEmpty ? CommandKind.Cluster : CommandKind.Local;
    }

    /// <summary>The first line of an HTTP request closes, as in memcached: the rest of the request must not be read as commands.</summary>
    private static void Unknown(ReadOnlySpan<byte> rest, ref ParsedCommand command)
    {
        bool http = rest[(rest.TrimEnd((byte)' ').LastIndexOf((byte)' ') + 1)..].StartsWith("HTTP/"u8);
        command.Kind = http ? CommandKind.Close : CommandKind.Local;
        command.Reply = http ? [] : Replies.Error;
    }
}
