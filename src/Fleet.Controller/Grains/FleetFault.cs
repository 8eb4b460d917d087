using System.Globalization;

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

    /// <summary>Another controller can answer.</summary>
    Elsewhere,
}

/// <summary>One field that cannot be as it is.</summary>
/// <param name="Field">Path of the field, as in the proto.</param>
/// <param name="Value">What was sent.</param>
/// <param name="Legal">What is legal.</param>
internal sealed record FieldFault(string Field, string Value, string Legal)
{
    /// <summary>The same from any value.</summary>
    public static FieldFault Of(string field, object? value, string legal) =>
        new(field, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", legal);
}

/// <summary>An operator's request that cannot be done; the message names the thing, its value and the next step.</summary>
/// <param name="kind">Why.</param>
/// <param name="message">For people.</param>
/// <param name="fields">The fields that it hangs on; at least one.</param>
internal sealed class FleetFault(FaultKind kind, string message, params IReadOnlyList<FieldFault> fields) : Exception(message)
{
    /// <summary>Why.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>The fields that it hangs on.</summary>
    public IReadOnlyList<FieldFault> Fields { get; } = fields;

    /// <summary>There is no such pool.</summary>
    public static FleetFault NoPool(string poolId) => new(
        FaultKind.NotFound,
        $"pool '{poolId}' does not exist; 'fleet pool list' shows the pools",
        new FieldFault("pool_id", poolId, "the id of a pool"));

    /// <summary>There is no such node.</summary>
    public static FleetFault NoNode(string poolId, string nodeId) => new(
        FaultKind.NotFound,
        $"node '{nodeId}' does not exist in pool '{poolId}'; 'fleet node list {poolId}' shows its nodes",
        new FieldFault("node_id", nodeId, $"the id of a node of pool '{poolId}'"));

    /// <summary>There is no such proxy.</summary>
    public static FleetFault NoProxy(string proxyId) => new(
        FaultKind.NotFound,
        $"proxy '{proxyId}' does not exist; 'fleet proxies list' shows the proxies",
        new FieldFault("proxy_id", proxyId, "the id of a proxy"));

    /// <summary>Somebody else wrote since the caller read.</summary>
    /// <param name="what">The thing, for people, for example "pool 'web'".</param>
    /// <param name="present">Its version now.</param>
    /// <param name="sent">The version that the caller read.</param>
    public static FleetFault StaleVersion(string what, long present, long sent) => new(
        FaultKind.Stale,
        string.Create(CultureInfo.InvariantCulture, $"{what} has resource_version {present}, the request says {sent}; get it and retry"),
        FieldFault.Of("resource_version", sent, string.Create(CultureInfo.InvariantCulture, $"{present}, or empty")));
}
