namespace Fleet.Core.Routing;

/// <summary>One node of a route table.</summary>
/// <param name="NodeId">Id of the node, unique in its pool.</param>
/// <param name="Address">HOST:PORT of the server; it names the node's points on the ring, so it decides which keys the node owns.</param>
/// <param name="Weight">Share of new requests relative to the other nodes, 0 to 1,000,000; 0 takes no new requests.</param>
public sealed record RouteNode(string NodeId, string Address, int Weight)
{
    /// <summary>Largest legal weight.</summary>
    public const int MaxWeight = 1_000_000;
}
