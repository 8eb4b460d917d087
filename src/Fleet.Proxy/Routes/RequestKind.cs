namespace Fleet.Proxy.Routes;

/// <summary>What a request to a node does to its key.</summary>
internal enum RequestKind : byte
{
    /// <summary>Reads, and may set a time to live.</summary>
    Read,

    /// <summary>Writes, deletes or changes whatever is there.</summary>
    Write,

    /// <summary>Writes only if the key is there, is not there, or has a certain version: copies may decide differently.</summary>
    Conditional,
}
