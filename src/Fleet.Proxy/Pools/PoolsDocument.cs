using System.Collections.Immutable;
using System.Text.Json;
using Fleet.Core.Routing;
using Fleet.Hosting.Security;

namespace Fleet.Proxy.Pools;

/// <summary>Reads pools as people write them: <c>{"pools": [...]}</c> or the array itself; docs/pools.md shows every key.</summary>
internal static class PoolsDocument
{
    private const int DefaultWeight = 100;
    private static readonly JsonDocumentOptions Syntax = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    /// <summary>The pools; every problem with them goes to <paramref name="problems"/>.</summary>
    /// <param name="json">UTF-8 text.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="problems">Takes what is wrong.</param>
    public static ImmutableArray<PoolDefinition> Parse(ReadOnlyMemory<byte> json, string source, ICollection<string> problems)
    {
        var found = new List<string>();
        ImmutableArray<PoolDefinition> pools = [];
        try
        {
            using var document = JsonDocument.Parse(json, Syntax);
            pools = Read(document.RootElement, found);
            found.AddRange(pools.SelectMany(p => p.Problems()));
            found.AddRange(PoolProblems.Among(pools));
        }
        catch (JsonException malformed)
        {
            found.Add(
                $"malformed at line {malformed.LineNumber + 1}, position {malformed.BytePositionInLine + 1}; correct the JSON there");
        }

        foreach (string problem in found)
        {
            problems.Add($"{source}: {problem}");
        }

        return pools;
    }

    private static ImmutableArray<PoolDefinition> Read(JsonElement root, List<string> problems)
    {
        IReadOnlyList<JsonElement> pools;
        if (root.ValueKind == JsonValueKind.Array)
        {
            pools = [.. root.EnumerateArray()];
        }
        else
        {
            var fields = new JsonFields(root, "the document", problems);
            pools = fields.Array("pools");
            fields.Done();
        }

        if (pools.Count == 0)
        {
            problems.Add("there is no pool; give {\"pools\": [{\"id\": ..., \"listen\": ..., \"servers\": [...]}]}");
        }

        return [.. pools.Select((p, i) => Pool(p, i, problems))];
    }

    private static PoolDefinition Pool(JsonElement element, int index, List<string> problems)
    {
        string id = element.ValueKind == JsonValueKind.Object && element.TryGetProperty("id", out JsonElement name)
            && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";
        string place = id.Length > 0 ? $"pool \"{id}\"" : $"pool number {index + 1}";
        var fields = new JsonFields(element, place, problems);
        var pool = new PoolDefinition(
            fields.Text("id") ?? "",
            fields.Text("listen") ?? "",
            fields.Text("policy") ?? RoutingPolicies.Ketama,
            [.. fields.Array("servers").Select((s, i) => Server(s, $"{place}: server number {i + 1}", problems))],
            Revision: 0)
        {
            Kind = Enum.Parse<PoolKind>(fields.Name("kind", "sharded", "replicated", "l4", "http"), ignoreCase: true),
            HashTag = fields.Text("hashTag") ?? "",
            Prefixes = [.. fields.Map("prefixes").Select(p => new PrefixRule(p.Key, p.Value))],
            Failover = fields.Object("failover", Failover),
            WarmUp = fields.Object("warmUp", WarmUp),
            HotKeys = fields.Object("hotKeys", HotKeys),
            Shadow = fields.Object("shadow", Shadow),
            Coalesce = fields.Flag("coalesce"),
            Health = fields.Object("health", Health) ?? new HealthRule(),
            ClientTls = fields.Object("clientTls", Tls),
            ServerTls = fields.Object("serverTls", Tls),
        };
        fields.Done();
        return pool;
    }

    private static RouteNode Server(JsonElement element, string place, List<string> problems)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            ProxyServer server = ProxyServer.At(element.GetString()!);
            return new RouteNode(server.Id, server.Address, DefaultWeight);
        }

        var fields = new JsonFields(element, place, problems);
        string address = fields.Text("address") ?? "";
        var node = new RouteNode(
            fields.Text("id") ?? ProxyServer.At(address).Id, address, fields.Whole("weight", DefaultWeight, 0, RouteNode.MaxWeight));
        fields.Done();
        return node;
    }

    private static FailoverRule Failover(JsonFields fields) => new(
        fields.Text("pool"),
        fields.Whole("maxTtlSeconds", FailoverRule.DefaultMaxTtlSeconds, 1, FailoverRule.LargestTtlSeconds));

    private static WarmUpRule WarmUp(JsonFields fields) => new(
        fields.Whole("windowSeconds", WarmUpRule.DefaultWindowSeconds, 1, WarmUpRule.LongestWindowSeconds),
        fields.Whole("holdOffMs", WarmUpRule.DefaultHoldOffMs, 0, WarmUpRule.LongestHoldOffMs));

    private static HotKeyRule HotKeys(JsonFields fields) => new(
        fields.Whole("copies", HotKeyRule.DefaultCopies, 2, HotKeyRule.MostCopies),
        fields.Number("sharePercent", HotKeyRule.DefaultSharePercent, 0.1, 100),
        fields.Whole("maxTtlSeconds", HotKeyRule.DefaultMaxTtlSeconds, 1, HotKeyRule.LargestTtlSeconds));

    private static ShadowRule Shadow(JsonFields fields) => new(fields.Text("pool") ?? "", fields.Number("percent", 100, 0, 100));

    private static TlsFiles Tls(JsonFields fields) =>
        new(fields.Text("certificate") ?? "", fields.Text("key") ?? "", fields.Text("authority") ?? "");

    private static HealthRule Health(JsonFields fields)
    {
        var standard = new HealthRule();
        return new HealthRule
        {
            Failures = fields.Whole("failures", standard.Failures, 1, 1_000),
            EjectSeconds = fields.Whole("ejectSeconds", standard.EjectSeconds, 1, 3_600),
            MaxEjectedPercent = fields.Whole("maxEjectedPercent", standard.MaxEjectedPercent, 0, 100),
            SlowStartSeconds = fields.Whole("slowStartSeconds", standard.SlowStartSeconds, 0, 3_600),
            DrainSeconds = fields.Whole("drainSeconds", standard.DrainSeconds, 0, 86_400),
            Path = fields.Text("path") ?? standard.Path,
        };
    }
}
