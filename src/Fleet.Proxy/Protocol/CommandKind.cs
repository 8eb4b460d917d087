namespace Fleet.Proxy.Protocol;

/// <summary>What a command line asks for.</summary>
internal enum CommandKind : byte
{
    /// <summary>Answered by the proxy with <see cref="ParsedCommand.Reply"/>: a mistake of the client, or a constant.</summary>
    Local,

    /// <summary>get, gets, gat or gats: one or more keys in <see cref="ParsedCommand.Keys"/>.</summary>
    Retrieve,

    /// <summary>set, add, replace, append, prepend or cas: a line and a value.</summary>
    Store,

    /// <summary>delete, incr, decr or touch: a line with one key.</summary>
    Change,

    /// <summary>mg, ms, md, ma or me: a line with one key, and for ms a value.</summary>
    Meta,

    /// <summary>flush_all or verbosity: goes to every node, answered once.</summary>
    Broadcast,

    /// <summary>stats: the proxy's own, of <see cref="ParsedCommand.Topic"/>.</summary>
    Stats,

    /// <summary>config get cluster: the addresses of the proxies.</summary>
    Cluster,

    /// <summary>version: the proxy's own.</summary>
    Version,

    /// <summary>The client wants to leave after the replies that it waits for.</summary>
    Quit,

    /// <summary>Not a memcached client: close at once.</summary>
    Close,
}
