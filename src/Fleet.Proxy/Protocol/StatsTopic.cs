namespace Fleet.Proxy.Protocol;

/// <summary>What a client wants statistics of.</summary>
internal enum StatsTopic : byte
{
    /// <summary>Nothing that is known.</summary>
    Unknown,

    /// <summary>The proxy's own.</summary>
    General,

    /// <summary>The proxy's limits.</summary>
    Settings,

    /// <summary>Each node of the client's pool.</summary>
    Nodes,

    /// <summary>The client's pool as a whole.</summary>
    Pool,

    /// <summary>Each loop's connection to each node of the client's pool.</summary>
    Detail,

    /// <summary>Begin to count anew.</summary>
    Reset,

    /// <summary>What only a server has: a proxy holds no items.</summary>
    Nothing,
}
