using System.CommandLine;
using System.Text.Json.Nodes;
using Fleet.Cli.Clients;
using Fleet.Cli.Declarations;
using Fleet.Cli.Output;
using Fleet.V1;
using Google.Protobuf;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet describe KIND NAME</c>: everything about one entity, with what was decided and done last.</summary>
internal static class DescribeCommand
{
    private const uint Latest = 5;

    private static readonly Argument<string> Kind = EntityKinds.Argument();
    private static readonly Argument<string> Name = new("NAME") { Description = "POOL, POOL/NODE or PROXY" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("describe", "Shows everything about one pool, node or proxy.") { Kind, Name };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            string name = parsed.GetValue(Name)!;
            Description found = EntityKinds.Of(parsed.GetValue(Kind)!) switch
            {
                EntityKinds.Pool => await PoolAsync(admin, name, ct),
                EntityKinds.Node => await NodeAsync(admin, name, ct),
                _ => await ProxyAsync(admin, name, ct),
            };
            Show(parsed, found);
        });
        return command;
    }

    private static async Task<Description> PoolAsync(AdminService.AdminServiceClient admin, string poolId, CancellationToken ct)
    {
        Pool pool = await admin.GetPoolAsync(new GetPoolRequest { PoolId = poolId }, cancellationToken: ct);
        List<Node> nodes = await FleetState.NodesAsync(admin, poolId, ct);
        ListDecisionsResponse decisions = await admin.ListDecisionsAsync(
            new ListDecisionsRequest { PoolId = poolId, Limit = Latest }, cancellationToken: ct);
        ListAuditResponse audit = await admin.ListAuditAsync(
            new ListAuditRequest { PoolId = poolId, PageSize = Latest }, cancellationToken: ct);
        return new Description("pool", pool, ("nodes", new ListNodesResponse { Nodes = { nodes } }), ("decisions", decisions), ("audit", audit));
    }

    private static async Task<Description> NodeAsync(AdminService.AdminServiceClient admin, string name, CancellationToken ct)
    {
        (string poolId, string nodeId) = EntityKinds.SplitNode(name);
        Node node = await admin.GetNodeAsync(new GetNodeRequest { PoolId = poolId, NodeId = nodeId }, cancellationToken: ct);
        ListDecisionsResponse decisions = await admin.ListDecisionsAsync(
            new ListDecisionsRequest { PoolId = poolId, NodeId = nodeId, Limit = Latest }, cancellationToken: ct);
        ListAuditResponse audit = await admin.ListAuditAsync(
            new ListAuditRequest { PoolId = poolId, NodeId = nodeId, PageSize = Latest }, cancellationToken: ct);
        return new Description("node", node, ("decisions", decisions), ("audit", audit));
    }

    private static async Task<Description> ProxyAsync(AdminService.AdminServiceClient admin, string proxyId, CancellationToken ct) =>
        new("proxy", await admin.GetProxyAsync(new GetProxyRequest { ProxyId = proxyId }, cancellationToken: ct));

    private static void Show(ParseResult parsed, Description found)
    {
        JsonObject document = new() { [found.Kind] = JsonNode.Parse(JsonFormatter.Default.Format(found.Entity)) };
        foreach ((string name, IMessage list) in found.Lists)
        {
            document[name] = JsonNode.Parse(OutputFormat.ToJson(list).GetProperty(name == "audit" ? "entries" : name).GetRawText());
        }

        OutputFormat.Write(parsed, System.Text.Json.JsonSerializer.SerializeToElement(document), output =>
        {
            FieldList.Write(output, OutputFormat.ToJson(found.Entity));
            foreach ((string name, IMessage list) in found.Lists)
            {
                output.WriteLine();
                output.WriteLine($"{name}:");
                Table(list).Write(output);
            }
        });
    }

    private static TextTable Table(IMessage list) => list switch
    {
        ListNodesResponse nodes => StatusTables.Nodes(nodes.Nodes),
        ListDecisionsResponse decisions => StatusTables.Decisions(decisions.Decisions),
        _ => InsightTables.Audit(((ListAuditResponse)list).Entries),
    };

    private sealed record Description(string Kind, IMessage Entity, params (string Name, IMessage List)[] Lists);
}
