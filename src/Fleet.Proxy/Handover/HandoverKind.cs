namespace Fleet.Proxy.Handover;

/// <summary>What a message between a proxy and its successor says. Two builds may talk: numbers are never reused.</summary>
internal enum HandoverKind : byte
{
    /// <summary>Nothing; a message that never was.</summary>
    None = 0,

    /// <summary>Successor: my configuration is good, give me what you have. Payload: version of these messages.</summary>
    Hello = 1,

    /// <summary>Predecessor: the pools in force, as a state file holds them.</summary>
    Pools = 2,

    /// <summary>Predecessor: a listening socket. Payload: pool id, LF, bound address; with the descriptor.</summary>
    Listener = 3,

    /// <summary>Predecessor: that was everything that a start needs.</summary>
    Ready = 4,

    /// <summary>Successor: I serve.</summary>
    Serving = 5,

    /// <summary>Predecessor: a client between two requests. Payload: see <see cref="ClientState"/>; with the descriptor.</summary>
    Client = 6,

    /// <summary>A part of the payload of the message that follows.</summary>
    Part = 7,

    /// <summary>Predecessor: the server's connection of the tunnel that follows; with the descriptor.</summary>
    TunnelServer = 8,

    /// <summary>Predecessor: a tunnel. Payload: see <see cref="TunnelState"/>; with the descriptor of the client's connection.</summary>
    Tunnel = 9,
}
