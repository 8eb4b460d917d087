using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Declarations;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet get KIND [NAME]</c>: shows pools, nodes or proxies, or one of them.</summary>
internal static class GetCommand
{
    private static readonly Argument<string> Kind = EntityKinds.Argument();
    private static readonly Argument<string?> Name = new("NAME")
    {
        Description = "POOL, POOL/NODE or PROXY; for nodes also POOL, for all of its nodes; without it: all", Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("get", "Shows pools, nodes or proxies, or one of them.") { Kind, Name };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, (parsed, admin, ct) => EntityKinds.Of(parsed.GetValue(Kind)!) switch
        {
            EntityKinds.Pool => PoolsAsync(parsed, admin, ct),
            EntityKinds.Node => NodesAsync(parsed, admin, ct),
            _ => ProxiesAsync(parsed, admin, ct),
        });
        return command;
    }

    private static async Task PoolsAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        if (parsed.GetValue(Name) is { } name)
        {
            Pool pool = await admin.GetPoolAsync(new GetPoolRequest { PoolId = name }, cancellationToken: ct);
            OutputFormat.Write(parsed, pool, output => StatusTables.Pools([pool]).Write(output));
            return;
        }

        var all = new ListPoolsResponse { Pools = { await FleetState.PoolsAsync(admin, ct) } };
        OutputFormat.Write(parsed, all, output => StatusTables.Pools(all.Pools).Write(output));
    }

    private static async Task NodesAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        string name = parsed.GetValue(Name) ?? "";
        if (name.Contains('/', StringComparison.Ordinal))
        {
            (string poolId, string nodeId) = EntityKinds.SplitNode(name);
            Node node = await admin.GetNodeAsync(new GetNodeRequest { PoolId = poolId, NodeId = nodeId }, cancellationToken: ct);
            OutputFormat.Write(parsed, node, output => StatusTables.Nodes([node]).Write(output));
            return;
        }

        var all = new ListNodesResponse { Nodes = { await FleetState.NodesAsync(admin, name, ct) } };
        OutputFormat.Write(parsed, all, output => StatusTables.Nodes(all.Nodes).Write(output));
    }

    private static async Task ProxiesAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        if (parsed.GetValue(Name) is { } name)
        {
            V1.Proxy proxy = await admin.GetProxyAsync(new GetProxyRequest { ProxyId = name }, cancellationToken: ct);
            OutputFormat.Write(parsed, proxy, output => StatusTables.Proxies([proxy]).Write(output));
            return;
        }

        var all = new ListProxiesResponse { Proxies = { await FleetState.ProxiesAsync(admin, ct) } };
        OutputFormat.Write(parsed, all, output => StatusTables.Proxies(all.Proxies).Write(output));
    }
}
