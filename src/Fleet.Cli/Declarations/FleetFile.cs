using Fleet.Hosting.Errors;
using Fleet.V1;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Fleet.Cli.Declarations;

/// <summary>A fleet as somebody declared it in YAML: pools with their promises and nodes, and proxies. Fields that are not given stay.</summary>
/// <param name="Pools">Declared pools.</param>
/// <param name="Proxies">Declared proxies; null when the file has no list of them.</param>
internal sealed record FleetFile(IReadOnlyList<DeclaredPool> Pools, IReadOnlyList<DeclaredProxy>? Proxies)
{
    private static readonly string[] PoolModes = ["observe", "recommend", "canary", "active"];
    private static readonly string[] Balances = ["declared", "keyed", "replicated"];

    /// <summary>Reads a declaration.</summary>
    /// <param name="text">YAML (or JSON, which is YAML).</param>
    /// <param name="name">Name of the file, for messages.</param>
    /// <exception cref="StartupException">Every problem with its line.</exception>
    public static FleetFile Parse(string text, string name)
    {
        var problems = new List<string>();
        var fields = new YamlFields(name, problems);
        var pools = new List<DeclaredPool>();
        List<DeclaredProxy>? proxies = null;
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            foreach (YamlDocument document in yaml.Documents)
            {
                fields.Map(document.RootNode, "the file", new()
                {
                    ["pools"] = (node, _) => pools.AddRange(fields.List(node, "pools").Select((n, i) => Pool(fields, n, $"pools[{i}]"))),
                    ["proxies"] = (node, _) => (proxies ??= []).AddRange(
                        fields.List(node, "proxies").Select((n, i) => Proxy(fields, n, $"proxies[{i}]"))),
                });
            }
        }
        catch (YamlException malformed)
        {
            throw new StartupException($"{name}: line {malformed.Start.Line}, column {malformed.Start.Column}: {malformed.Message}", malformed);
        }

        fields.Unique(pools.Select(p => p.Id), "pool");
        fields.Unique(proxies?.Select(p => p.Spec.ProxyId) ?? [], "proxy");
        StartupException.ThrowIfAny(problems);
        return new FleetFile(pools, proxies);
    }

    private static DeclaredPool Pool(YamlFields fields, YamlNode node, string path)
    {
        string id = "";
        var set = new List<Action<PoolSpec>>();
        List<DeclaredNode>? nodes = null;
        fields.Map(node, path, new()
        {
            ["id"] = (n, p) => id = fields.Text(n, p),
            ["listen"] = (n, p) => Add(fields.Text(n, p), (s, v) => s.Listen = v),
            ["sla"] = (n, p) => fields.Map(n, p, new()
            {
                ["percentile"] = (x, q) => Add(fields.Number(x, q, 50, 99.99), (s, v) => s.Sla.Percentile = v),
                ["latencyUs"] = (x, q) => Add(fields.Number(x, q, 10, 60_000_000), (s, v) => s.Sla.LatencyUs = v),
            }),
            ["mode"] = (n, p) => Add(fields.OneOf(n, p, PoolModes), (s, v) => s.Mode = Enum.Parse<Mode>(v, ignoreCase: true)),
            ["policy"] = (n, p) => Add(fields.Text(n, p), (s, v) => s.Policy = v),
            ["objective"] = (n, p) => Add(fields.Text(n, p), (s, v) => s.Objective = v),
            ["powerCapWatts"] = (n, p) => Add(fields.Number(n, p, 0, 1_000_000), (s, v) => s.PowerCapWatts = v),
            ["explorationShare"] = (n, p) => Add(fields.Number(n, p, 0.01, 1), (s, v) => s.ExplorationShare = v),
            ["minActiveNodes"] = (n, p) => Add(fields.Whole(n, p, 1, 100_000), (s, v) => s.MinActiveNodes = (uint)v),
            ["paused"] = (n, p) => Add(fields.Flag(n, p), (s, v) => s.Paused = v),
            ["balance"] = (n, p) => Add(fields.OneOf(n, p, Balances), (s, v) => s.Balance = Enum.Parse<Balance>(v, ignoreCase: true)),
            ["nodes"] = (n, p) => nodes = [.. fields.List(n, p).Select((x, i) => Node(fields, x, $"{p}[{i}]"))],
        });
        fields.Required(node, path, "id", id);
        fields.Unique(nodes?.Select(n => n.Id) ?? [], $"node of pool '{id}'");
        return new DeclaredPool(id, set, nodes);

        void Add<T>(T value, Action<PoolSpec, T> assign) => set.Add(spec => assign(spec, value));
    }

    private static DeclaredNode Node(YamlFields fields, YamlNode node, string path)
    {
        string id = "";
        var set = new List<Action<NodeSpec>>();
        fields.Map(node, path, new()
        {
            ["id"] = (n, p) => id = fields.Text(n, p),
            ["address"] = (n, p) => Add(fields.Text(n, p), (s, v) => s.Address = v),
            ["agent"] = (n, p) => Add(fields.Text(n, p), (s, v) => s.Agent = v),
            ["weight"] = (n, p) => Add(fields.Whole(n, p, 1, 1_000_000), (s, v) => s.Weight = (uint)v),
            ["cordoned"] = (n, p) => Add(fields.Flag(n, p), (s, v) => s.Cordoned = v),
            ["paused"] = (n, p) => Add(fields.Flag(n, p), (s, v) => s.Paused = v),
            ["drained"] = (n, p) => Add(fields.Flag(n, p), (s, v) => s.Drained = v),
        });
        fields.Required(node, path, "id", id);
        return new DeclaredNode(id, set);

        void Add<T>(T value, Action<NodeSpec, T> assign) => set.Add(spec => assign(spec, value));
    }

    private static DeclaredProxy Proxy(YamlFields fields, YamlNode node, string path)
    {
        var spec = new ProxySpec();
        fields.Map(node, path, new()
        {
            ["id"] = (n, p) => spec.ProxyId = fields.Text(n, p),
            ["control"] = (n, p) => spec.Control = fields.Text(n, p),
        });
        fields.Required(node, path, "id", spec.ProxyId);
        return new DeclaredProxy(spec);
    }
}
