using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet delete KIND NAME...</c>: deletes pools, removes nodes, forgets proxies.</summary>
internal static class DeleteCommand
{
    private static readonly Argument<string> Kind = EntityKinds.Argument();
    private static readonly Argument<string[]> Names = new("NAME")
    {
        Description = "POOL, POOL/NODE or PROXY", Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<bool> Force = new("--force") { Description = "for nodes: remove even the last active ones" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("delete", "Deletes pools, removes nodes, forgets proxies.") { Kind, Names, Force };
        AdminClient.AddAddress(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            string kind = EntityKinds.Of(parsed.GetValue(Kind)!);
            foreach (string name in parsed.GetValue(Names)!)
            {
                await DeleteAsync(admin, kind, name, parsed.GetValue(Force), ct);
                await parsed.InvocationConfiguration.Output.WriteLineAsync($"{kind}/{name} {(kind == EntityKinds.Node ? "leaves" : "deleted")}");
            }
        });
        return command;
    }

    private static async Task DeleteAsync(
        AdminService.AdminServiceClient admin, string kind, string name, bool force, CancellationToken ct)
    {
        switch (kind)
        {
            case EntityKinds.Pool:
                await admin.DeletePoolAsync(new DeletePoolRequest { PoolId = name }, cancellationToken: ct);
                break;
            case EntityKinds.Node:
                (string poolId, string nodeId) = EntityKinds.SplitNode(name);
                await admin.RemoveNodeAsync(
                    new RemoveNodeRequest { PoolId = poolId, NodeId = nodeId, Force = force }, cancellationToken: ct);
                break;
            default:
                await admin.RemoveProxyAsync(new RemoveProxyRequest { ProxyId = name }, cancellationToken: ct);
                break;
        }
    }
}
