namespace Fleet.Proxy.Engine;

/// <summary>One loop's view of one node at a moment.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Connected">The loop's connection is up.</param>
/// <param name="InFlight">Requests waiting for the node.</param>
/// <param name="LastError">Empty when none since the connection was made.</param>
/// <param name="Traffic">What was counted since the last collection; null when only the state was asked for.</param>
internal readonly record struct NodeReport(
    string PoolId, string NodeId, bool Connected, int InFlight, string LastError, NodeTraffic? Traffic)
{
    /// <summary>HOST:PORT as configured.</summary>
    public string Address { get; init; } = "";

    /// <summary>Requests can be expected to be answered: the connection is up, or being made for the first time.</summary>
    public bool Reachable { get; init; }
}
