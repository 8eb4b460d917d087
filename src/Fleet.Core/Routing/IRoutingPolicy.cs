namespace Fleet.Core.Routing;

/// <summary>A way to spread keys over nodes, by name.</summary>
public interface IRoutingPolicy
{
    /// <summary>Name in configuration, lower case.</summary>
    string Name { get; }

    /// <summary>The table for these nodes. The same nodes in any order give the same owner for every key.</summary>
    RouteTable Build(IReadOnlyList<RouteNode> nodes);
}
