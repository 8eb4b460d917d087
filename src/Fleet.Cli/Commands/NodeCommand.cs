using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet node</c>: adds, removes and shows the servers of pools.</summary>
internal static class NodeCommand
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };
    private static readonly Argument<string?> AnyPoolId = new("POOL") { Description = "the pool", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> NodeId = new("NODE") { Description = "1 to 63 of a-z, 0-9 and '-', starting with a letter" };

    private static readonly Option<string> Address = new("--address")
    {
        Description = "the server, as the proxies reach it", HelpName = "HOST:PORT", Required = true,
    };

    private static readonly Option<string?> Agent = new("--agent")
    {
        Description = "the agent, http://HOST:PORT or unix:/PATH; without one the node is routed but not tuned", HelpName = "ADDRESS",
    };

    private static readonly Option<uint> Weight = new("--weight") { Description = "relative share of load, 1 to 1000000 (default 100)" };
    private static readonly Option<bool> Force = new("--force") { Description = "remove even the last node" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var node = new Command("node", "Adds, removes and shows the servers of pools.");
        AdminClient.AddAddress(node);
        node.Add(Add());
        node.Add(Remove());
        node.Add(List());
        return node;
    }

    private static Command Add()
    {
        var command = new Command("add", "Adds a server; it joins while the pool serves.") { PoolId, NodeId, Address, Agent, Weight };
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var spec = new NodeSpec
            {
                PoolId = parsed.GetValue(PoolId),
                NodeId = parsed.GetValue(NodeId),
                Address = parsed.GetValue(Address),
                Agent = parsed.GetValue(Agent) ?? "",
                Weight = parsed.GetValue(Weight),
            };
            Node added = await admin.AddNodeAsync(new AddNodeRequest { Spec = spec }, cancellationToken: ct);
            OutputFormat.Write(parsed, added, output => StatusTables.Nodes([added]).Write(output));
        });
        return command;
    }

    private static Command Remove()
    {
        var command = new Command("remove", "Takes a server out: its load shifts first, then it drains.") { PoolId, NodeId, Force };
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var request = new RemoveNodeRequest
            {
                PoolId = parsed.GetValue(PoolId), NodeId = parsed.GetValue(NodeId), Force = parsed.GetValue(Force),
            };
            await admin.RemoveNodeAsync(request, cancellationToken: ct);
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: node '{request.NodeId}' leaves pool '{request.PoolId}'");
        });
        return command;
    }

    private static Command List()
    {
        var command = new Command("list", "Shows the servers of one pool, or of all.") { AnyPoolId };
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var request = new ListNodesRequest { PoolId = parsed.GetValue(AnyPoolId) ?? "" };
            ListNodesResponse response = await admin.ListNodesAsync(request, cancellationToken: ct);
            OutputFormat.Write(parsed, response, output => StatusTables.Nodes(response.Nodes).Write(output));
        });
        return command;
    }
}
