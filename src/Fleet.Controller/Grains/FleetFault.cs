namespace Fleet.Controller.Grains;

/// <summary>Why an operator's request cannot be done.</summary>
internal enum FaultKind
{
    /// <summary>A field is illegal.</summary>
    Invalid,

    /// <summary>There is no such entity.</summary>
    NotFound,

    /// <summary>The id is taken.</summary>
    AlreadyExists,

    /// <summary>The caller's resource version is stale.</summary>
    Stale,

    /// <summary>The fleet's state does not allow it now.</summary>
    Precondition,
}

/// <summary>An operator's request that cannot be done; the message names the thing, its value and the next step.</summary>
internal sealed class FleetFault(FaultKind kind, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>There is no such pool.</summary>
    public static FleetFault NoPool(string poolId) =>
        new(FaultKind.NotFound, $"pool '{poolId}' does not exist; 'fleet pool list' shows the pools");

    /// <summary>There is no such node.</summary>
    public static FleetFault NoNode(string poolId, string nodeId) =>
        new(FaultKind.NotFound, $"node '{nodeId}' does not exist in pool '{poolId}'; 'fleet node list {poolId}' shows its nodes");
}
