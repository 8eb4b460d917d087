namespace Fleet.Proxy.Engine;

/// <summary>One loop's view of one node at a moment.</summary>
/// <param name="Traffic">What was counted since the last collection; null when only the state was asked for.</param>
internal readonly record struct NodeReport(
    string PoolId, string NodeId, bool Connected, int InFlight, string LastError, NodeTraffic? Traffic);
