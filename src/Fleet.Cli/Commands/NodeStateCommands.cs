using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet drain|cordon|uncordon|pause|resume</c>: what a node, or a pool, may do.</summary>
internal static class NodeStateCommands
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };
    private static readonly Argument<string> NodeId = new("NODE") { Description = "the node" };
    private static readonly Argument<string?> AnyNodeId = new("NODE")
    {
        Description = "one node of it; without it: the whole pool", Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Force = new("--force") { Description = "drain even when fewer than min_active_nodes are left" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "end when the node carries no load any more" };

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create()
    {
        yield return Drain();
        yield return OfNode("cordon", "Keeps a node at the load that it has; no search starts on it.", (a, r, o) => a.CordonNodeAsync(r, o));
        yield return OfNode("uncordon", "Ends cordon and drain: the node joins again.", (a, r, o) => a.UncordonNodeAsync(r, o));
        yield return OfEither(
            "pause", "Stops tuning where it is, of a pool or of one node.",
            (a, r, o) => a.PausePoolAsync(r, o), (a, r, o) => a.PauseNodeAsync(r, o));
        yield return OfEither(
            "resume", "Lets tuning go on, of a pool or of one node.",
            (a, r, o) => a.ResumePoolAsync(r, o), (a, r, o) => a.ResumeNodeAsync(r, o));
    }

    private static Command Drain()
    {
        Command command = OfNode(
            "drain", "Moves a node's load to the others; it stays a member without load.", (a, r, o) => a.DrainNodeAsync(r, o),
            async (parsed, admin, node, ct) =>
            {
                if (parsed.GetValue(Wait))
                {
                    await DrainedAsync(admin, node.Spec, ct);
                }
            });
        command.Add(Force);
        command.Add(Wait);
        return command;
    }

    private static async Task DrainedAsync(AdminService.AdminServiceClient admin, NodeSpec node, CancellationToken ct)
    {
        using AsyncServerStreamingCall<FleetSnapshot> watch = admin.Watch(new WatchRequest { PoolId = node.PoolId }, cancellationToken: ct);
        while (await watch.ResponseStream.MoveNext(ct))
        {
            Node? seen = watch.ResponseStream.Current.Nodes.FirstOrDefault(n => n.Spec.NodeId == node.NodeId);
            if (seen is null || seen.Status.Membership == "drained")
            {
                return;
            }
        }
    }

    private static Command OfNode(
        string name,
        string description,
        Func<AdminService.AdminServiceClient, ChangeNodeRequest, CallOptions, AsyncUnaryCall<Node>> change,
        Func<ParseResult, AdminService.AdminServiceClient, Node, CancellationToken, Task>? then = null)
    {
        var command = new Command(name, description) { PoolId, NodeId };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var request = new ChangeNodeRequest
            {
                PoolId = parsed.GetValue(PoolId),
                NodeId = parsed.GetValue(NodeId),
                Force = name == "drain" && parsed.GetValue(Force),
            };
            Node node = await change(admin, request, new CallOptions(cancellationToken: ct));
            await (then?.Invoke(parsed, admin, node, ct) ?? Task.CompletedTask);
            OutputFormat.Write(parsed, node, output => output.WriteLine($"node/{request.PoolId}/{request.NodeId} {Said(parsed, name)}"));
        });
        return command;
    }

    private static Command OfEither(
        string name,
        string description,
        Func<AdminService.AdminServiceClient, ChangePoolRequest, CallOptions, AsyncUnaryCall<Pool>> changePool,
        Func<AdminService.AdminServiceClient, ChangeNodeRequest, CallOptions, AsyncUnaryCall<Node>> changeNode)
    {
        var command = new Command(name, description) { PoolId, AnyNodeId };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            string poolId = parsed.GetValue(PoolId)!;
            var options = new CallOptions(cancellationToken: ct);
            if (parsed.GetValue(AnyNodeId) is { } nodeId)
            {
                Node node = await changeNode(admin, new ChangeNodeRequest { PoolId = poolId, NodeId = nodeId }, options);
                OutputFormat.Write(parsed, node, output => output.WriteLine($"node/{poolId}/{nodeId} {Past(name)}"));
                return;
            }

            Pool pool = await changePool(admin, new ChangePoolRequest { PoolId = poolId }, options);
            OutputFormat.Write(parsed, pool, output => output.WriteLine($"pool/{poolId} {Past(name)}"));
        });
        return command;
    }

    // A drain is a choreography: it is over only when it was waited for.
    private static string Said(ParseResult parsed, string verb) => verb == "drain" && !parsed.GetValue(Wait) ? "drains" : Past(verb);

    private static string Past(string verb) => verb.EndsWith('e') ? verb + "d" : verb + "ed";
}
