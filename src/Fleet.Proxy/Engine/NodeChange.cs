namespace Fleet.Proxy.Engine;

/// <summary>A loop's connection to a node came up or was lost.</summary>
internal readonly record struct NodeChange(string PoolId, string NodeId, bool Connected, string Error);
