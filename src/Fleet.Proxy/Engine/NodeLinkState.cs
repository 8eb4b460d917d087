namespace Fleet.Proxy.Engine;

/// <summary>State of a loop's connection to a node.</summary>
internal enum NodeLinkState
{
    /// <summary>First attempt, or the first after the node was just there: requests queue.</summary>
    Connecting,

    /// <summary>Requests go out.</summary>
    Up,

    /// <summary>Waiting for the next attempt: requests are refused.</summary>
    Down,

    /// <summary>An attempt after a failed one: requests are refused.</summary>
    Retrying,

    /// <summary>Drained and closed for good.</summary>
    Gone,
}
