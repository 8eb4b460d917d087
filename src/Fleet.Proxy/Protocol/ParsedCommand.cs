namespace Fleet.Proxy.Protocol;

/// <summary>One command as spans of the input that it was parsed from.</summary>
internal ref struct ParsedCommand
{
    public CommandKind Kind;

    /// <summary>Bytes of input that the command takes: its line and, for a stored value, the value with its line end.</summary>
    public int Consumed;

    /// <summary>Bytes still to be dropped after <see cref="Consumed"/>: the value of a refused store command.</summary>
    public long Swallow;

    /// <summary>The client wants no reply.</summary>
    public bool NoReply;

    /// <summary>The line for the node, without line end and without "noreply". For retrieval: the words before the first key.</summary>
    public ReadOnlySpan<byte> Line;

    /// <summary>Meta: what follows <see cref="Line"/> behind the q flag, which nodes do not see.</summary>
    public ReadOnlySpan<byte> Tail;

    /// <summary>Meta: the second letter of the command.</summary>
    public byte Verb;

    /// <summary>Meta: the nominal answer is not wanted.</summary>
    public bool Quiet;

    /// <summary><see cref="Key"/> is base64; the decoded key decides the node.</summary>
    public bool Encoded;

    /// <summary>The key that decides the node; for retrieval the first of <see cref="Keys"/>.</summary>
    public ReadOnlySpan<byte> Key;

    /// <summary>Retrieval: the rest of the line from the first key on.</summary>
    public ReadOnlySpan<byte> Keys;

    /// <summary>Store: the value with its line end.</summary>
    public ReadOnlySpan<byte> Value;

    /// <summary>Bytes of the value and its line end that follow <see cref="Consumed"/>; 0 when <see cref="Value"/> holds them.</summary>
    public long StreamBytes;

    /// <summary>Statistics: of what.</summary>
    public StatsTopic Topic;

    /// <summary>Reply to a local command.</summary>
    public byte[]? Reply;

    /// <summary>A store command whose value is too large: the old value of <see cref="Key"/> must go, as memcached does.</summary>
    public bool Evict;
}
