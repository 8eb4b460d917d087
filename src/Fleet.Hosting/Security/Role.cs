namespace Fleet.Hosting.Security;

/// <summary>What a certificate's holder may do; the unit (OU) of its subject names the role in lower case.</summary>
public enum Role
{
    /// <summary>No role: nothing but health and reflection.</summary>
    None,

    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Reads, and changes pools and nodes that are there.</summary>
    Operator,

    /// <summary>Everything, also creating and deleting pools and proxies.</summary>
    Admin,

    /// <summary>A controller: steers agents and proxies.</summary>
    Controller,

    /// <summary>A node agent: a server only.</summary>
    Agent,

    /// <summary>A proxy's control service: a server only.</summary>
    Proxy,
}
