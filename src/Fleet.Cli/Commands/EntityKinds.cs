using System.CommandLine;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Commands;

/// <summary>What <c>get</c>, <c>describe</c> and <c>delete</c> take: a kind and names.</summary>
internal static class EntityKinds
{
    /// <summary>Pools.</summary>
    public const string Pool = "pool";

    /// <summary>Nodes, named POOL/NODE.</summary>
    public const string Node = "node";

    /// <summary>Proxies.</summary>
    public const string Proxy = "proxy";

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["pool"] = Pool, ["pools"] = Pool, ["node"] = Node, ["nodes"] = Node, ["proxy"] = Proxy, ["proxies"] = Proxy,
    };

    /// <summary>The argument of a kind.</summary>
    public static Argument<string> Argument()
    {
        var kind = new Argument<string>("KIND") { Description = "pool, node or proxy (or their plurals)" };
        kind.AcceptOnlyFromAmong([.. Words.Keys]);
        return kind;
    }

    /// <summary>The kind of a word.</summary>
    public static string Of(string word) => Words[word];

    /// <summary>The two parts of a node's name.</summary>
    /// <exception cref="StartupException">It has no two parts.</exception>
    public static (string PoolId, string NodeId) SplitNode(string name)
    {
        string[] parts = name.Split('/');
        return parts.Length == 2 && parts.All(p => p.Length > 0)
            ? (parts[0], parts[1])
            : throw new StartupException($"node '{name}': legal is POOL/NODE; 'fleet get nodes' shows the nodes");
    }
}
