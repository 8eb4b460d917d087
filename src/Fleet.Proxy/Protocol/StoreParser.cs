namespace Fleet.Proxy.Protocol;

/// <summary>
/// The storage commands. A refused line whose length is legal has its value dropped, so a value is never read as commands; memcached
/// 1.6.18 reads it as commands, later versions drop it too.
/// </summary>
internal readonly ref struct StoreParser(int maxValueBytes, int wholeValueBytes)
{
    private const int LineEnd = 2;

    public bool Parse(
        ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, ReadOnlySpan<byte> after, bool hasUnique, ref ParsedCommand command)
    {
        command.Key = Words.Next(ref rest);
        ReadOnlySpan<byte> flags = Words.Next(ref rest);
        ReadOnlySpan<byte> expiry = Words.Next(ref rest);
        ReadOnlySpan<byte> bytes = Words.Next(ref rest);
        ReadOnlySpan<byte> unique = hasUnique ? Words.Next(ref rest) : default;
        int needed = line.Length - rest.Length;
        ReadOnlySpan<byte> option = Words.Next(ref rest);
        if (bytes.IsEmpty || (hasUnique && unique.IsEmpty) || !Words.Next(ref rest).IsEmpty)
        {
            command.Reply = Replies.Error;
            return true;
        }

        command.NoReply = Words.IsNoReply(option);
        bool legalLength = Words.IsInt32(bytes, out int length) && length is >= 0 and <= int.MaxValue - LineEnd;
        bool legal = legalLength && Words.IsKey(command.Key) && Words.IsUInt64(flags) && Words.IsExpiry(expiry)
            && (!hasUnique || Words.IsUInt64(unique));
        if (!legal || length > maxValueBytes)
        {
            command.Reply = legal ? Replies.TooLarge : Replies.BadFormat;
            command.Evict = legal;
            command.Swallow = legalLength ? (long)length + LineEnd : 0;
            return true;
        }

        if (length > wholeValueBytes)
        {
            command.Line = line[..needed];
            command.Kind = CommandKind.Store;
            command.StreamBytes = (long)length + LineEnd;
            return true;
        }

        if (after.Length < length + LineEnd)
        {
            return false;
        }

        command.Consumed += length + LineEnd;
        command.Value = after[..(length + LineEnd)];
        if (!command.Value.EndsWith("\r\n"u8))
        {
            command.Reply = Replies.BadChunk;
            return true;
        }

        command.Line = line[..needed];
        command.Kind = CommandKind.Store;
        return true;
    }
}
