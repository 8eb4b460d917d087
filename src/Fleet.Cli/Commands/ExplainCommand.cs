using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet explain</c>: the decisions of a pool's tuners with their reasons.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };
    private static readonly Argument<string?> NodeId = new("NODE") { Description = "one node of it", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<uint> Limit = new("--limit") { Description = "most decisions, newest first, 1 to 1000 (default 100)" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("explain", "Shows what was decided for a pool or node, and why.") { PoolId, NodeId, Limit };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, async (parsed, admin, ct) =>
        {
            var request = new ListDecisionsRequest
            {
                PoolId = parsed.GetValue(PoolId), NodeId = parsed.GetValue(NodeId) ?? "", Limit = parsed.GetValue(Limit),
            };
            ListDecisionsResponse response = await admin.ListDecisionsAsync(request, cancellationToken: ct);
            OutputFormat.Write(parsed, response, output => StatusTables.Decisions(response.Decisions).Write(output));
        });
        return command;
    }
}
