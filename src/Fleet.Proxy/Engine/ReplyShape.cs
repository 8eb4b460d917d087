namespace Fleet.Proxy.Engine;

/// <summary>How a node's reply is cut from its bytes and told to the client.</summary>
internal enum ReplyShape : byte
{
    /// <summary>A classic line, passed on.</summary>
    Line,

    /// <summary>A classic retrieval's reply, passed on.</summary>
    Values,

    /// <summary>The reply to mg, told in classic words.</summary>
    MetaAsClassic,

    /// <summary>A meta reply, passed on; of a quiet request only the unusual outcomes.</summary>
    Meta,

    /// <summary>The values of many keys, told by a <see cref="MultiGet"/>.</summary>
    Many,

    /// <summary>A meta reply, told in the binary protocol.</summary>
    Binary,

    /// <summary>A classic line, told in the binary protocol.</summary>
    BinaryLine,

    /// <summary>Statistics as text, told in the binary protocol.</summary>
    BinaryStats,
}
