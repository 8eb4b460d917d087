using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Hosting.Errors;

namespace Fleet.Proxy.Pools;

/// <summary>A pool as somebody asked for it; nothing in it can be trusted before <see cref="Problems"/> is empty.</summary>
/// <param name="PoolId">Id of the pool.</param>
/// <param name="Listen">Where clients connect: ADDRESS:PORT; port 0 takes any free one.</param>
/// <param name="Policy">Name of the routing policy.</param>
/// <param name="Nodes">Nodes with address and weight.</param>
/// <param name="Revision">Grows with every change.</param>
internal sealed record PoolDefinition(
    string PoolId, string Listen, string Policy, ImmutableArray<RouteNode> Nodes, ulong Revision)
{
    private const int MaxNodes = 4096;
    private const int MaxIdLength = 63;

    /// <summary>Everything that is wrong with the definition.</summary>
    public List<string> Problems()
    {
        var problems = new List<string>();
        if (!IsId(PoolId))
        {
            problems.Add($"pool id \"{PoolId}\" is not 1 to {MaxIdLength} of a-z, A-Z, 0-9, '.', '_' and '-'");
        }

        if (!HostPort.TryParse(Listen, "listen address", allowAnyPort: true, out _, out string problem))
        {
            problems.Add(problem);
        }

        if (!RoutingPolicies.TryGet(Policy, out _))
        {
            problems.Add(
                $"routing policy \"{Policy}\" is unknown; legal: {string.Join(", ", RoutingPolicies.Names)}"
                + NearestName.Suggestion(Policy, RoutingPolicies.Names));
        }

        if (Nodes.Length > MaxNodes)
        {
            problems.Add($"pool \"{PoolId}\" has {Nodes.Length} nodes; legal is at most {MaxNodes}");
        }

        problems.AddRange(Nodes.SelectMany(NodeProblems));
        problems.AddRange(Twice(Nodes.Select(n => n.NodeId), "node id"));
        problems.AddRange(Twice(Nodes.Select(n => n.Address), "node address"));
        return problems;
    }

    private static IEnumerable<string> NodeProblems(RouteNode node)
    {
        if (!IsId(node.NodeId))
        {
            yield return $"node id \"{node.NodeId}\" is not 1 to {MaxIdLength} of a-z, A-Z, 0-9, '.', '_' and '-'";
        }

        if (!HostPort.TryParse(node.Address, $"address of node \"{node.NodeId}\"", allowAnyPort: false, out _, out string problem))
        {
            yield return problem;
        }

        if (node.Weight is < 0 or > RouteNode.MaxWeight)
        {
            yield return $"weight {node.Weight} of node \"{node.NodeId}\" is outside 0 to {RouteNode.MaxWeight}";
        }
    }

    // Case does not tell ids apart: YARP keeps its clusters and destinations that way.
    private static IEnumerable<string> Twice(IEnumerable<string> values, string thing) =>
        values.GroupBy(v => v, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1)
            .Select(g => $"{thing} \"{g.Key}\" occurs {g.Count()} times; each must be unique in its pool");

    private static bool IsId(string id) =>
        id.Length is > 0 and <= MaxIdLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
