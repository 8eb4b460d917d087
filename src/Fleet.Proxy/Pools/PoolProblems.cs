using System.Text;
using Fleet.Core.Routing;
using Fleet.Hosting.Errors;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Pools;

/// <summary>Finds everything that is wrong with pools; each problem names the thing, its value and what is legal.</summary>
internal static class PoolProblems
{
    private const int MaxNodes = 4096;
    private const int MaxIdLength = 63;

    /// <summary>What is wrong with one pool by itself.</summary>
    public static List<string> Of(PoolDefinition pool)
    {
        var problems = new List<string>();
        if (!IsId(pool.PoolId))
        {
            problems.Add($"pool id \"{pool.PoolId}\" is not 1 to {MaxIdLength} of a-z, A-Z, 0-9, '.', '_' and '-'");
        }

        if (pool.Listen is not { Length: 0 }
            && !HostPort.TryParse(pool.Listen, "listen address", allowAnyPort: true, out _, out string problem))
        {
            problems.Add(problem);
        }

        if (pool.Policy is null || !RoutingPolicies.TryGet(pool.Policy, out _))
        {
            problems.Add(
                $"routing policy \"{pool.Policy}\" is unknown; legal: {string.Join(", ", RoutingPolicies.Names)}"
                + NearestName.Suggestion(pool.Policy ?? "", RoutingPolicies.Names));
        }

        if (pool.Nodes.Length > MaxNodes)
        {
            problems.Add($"pool \"{pool.PoolId}\" has {pool.Nodes.Length} nodes; legal is at most {MaxNodes}");
        }

        problems.AddRange(pool.Nodes.SelectMany(Node));
        problems.AddRange(Twice(pool.Nodes.Select(n => n.NodeId), "node id"));
        problems.AddRange(Twice(pool.Nodes.Select(n => n.Address), "node address"));
        problems.AddRange(Rules(pool));
        problems.AddRange(TlsProblems.Of(pool));
        return problems;
    }

    /// <summary>What is wrong between pools that are in force together.</summary>
    public static IEnumerable<string> Among(IReadOnlyCollection<PoolDefinition> pools)
    {
        foreach (string twice in Twice(pools.Select(p => p.PoolId), "pool id"))
        {
            yield return twice;
        }

        var known = pools.GroupBy(p => p.PoolId, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, g => g.First(), StringComparer.OrdinalIgnoreCase);
        foreach (PoolDefinition pool in pools)
        {
            foreach ((string target, string why) in pool.References())
            {
                if (!known.TryGetValue(target, out PoolDefinition? other))
                {
                    yield return $"{why} of pool \"{pool.PoolId}\" names the pool \"{target}\", which does not exist"
                        + $"{NearestName.Suggestion(target, known.Keys)}; add it, or name one of {string.Join(", ", known.Keys)}";
                }
                else if (ReferenceEquals(other, pool) || !other.IsMemcached)
                {
                    yield return $"{why} of pool \"{pool.PoolId}\" names the pool \"{target}\"; legal is another pool that is sharded or replicated";
                }
            }
        }
    }

    private static IEnumerable<string> Rules(PoolDefinition pool)
    {
        string of = $"of pool \"{pool.PoolId}\"";
        if (!HashTag.TryParse(pool.HashTag, out _))
        {
            yield return $"hash tag \"{pool.HashTag}\" {of} is not legal; legal: {HashTag.Rule}";
        }

        foreach (PrefixRule rule in pool.Prefixes)
        {
            int bytes = Encoding.UTF8.GetByteCount(rule.Prefix);
            if (bytes is 0 or > Words.MaxKey || rule.Prefix.Any(c => c is ' ' or '\r' or '\n' or '\0'))
            {
                yield return $"prefix \"{rule.Prefix}\" {of} is not 1 to {Words.MaxKey} bytes without space, line end or NUL";
            }
        }

        (string Name, bool Given)[] memcachedOnly =
        [
            ("hashTag", pool.HashTag.Length > 0), ("prefixes", pool.Prefixes.Length > 0), ("failover", pool.Failover is not null),
            ("warmUp", pool.WarmUp is not null), ("hotKeys", pool.HotKeys is not null), ("shadow", pool.Shadow is not null),
            ("coalesce", pool.Coalesce),
        ];
        foreach ((string name, _) in memcachedOnly.Where(m => m.Given && !pool.IsMemcached))
        {
            yield return $"{name} {of} has no meaning for the kind {pool.Kind.ToString().ToLowerInvariant()}; legal for sharded and replicated";
        }

        if (pool.Kind == PoolKind.Replicated && pool.HotKeys is not null)
        {
            yield return $"hotKeys {of} has no meaning for the kind replicated, whose keys are on every node; remove it";
        }

        if (!pool.IsMemcached && pool.Listen.Length == 0)
        {
            yield return $"pool \"{pool.PoolId}\" has no listen address; the kind {pool.Kind.ToString().ToLowerInvariant()} needs one";
        }
    }

    private static IEnumerable<string> Node(RouteNode node)
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
            .Select(g => $"{thing} \"{g.Key}\" occurs {g.Count()} times; each must be unique{(thing == "pool id" ? "" : " in its pool")}");

    private static bool IsId(string id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
