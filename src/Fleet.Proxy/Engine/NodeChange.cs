namespace Fleet.Proxy.Engine;

/// <summary>A loop's connection to a node came up, was lost, or could not be made.</summary>
/// <param name="PoolId">The pool.</param>
/// <param name="NodeId">The node.</param>
/// <param name="Connected">It is up now.</param>
/// <param name="WasUp">It was up before.</param>
/// <param name="Error">Why it is not up; empty when it is.</param>
internal readonly record struct NodeChange(string PoolId, string NodeId, bool Connected, bool WasUp, string Error);
