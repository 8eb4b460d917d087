using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet explain</c>: why a node has its setting, and the decisions that led there.</summary>
internal static class ExplainCommand
{
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };
    private static readonly Argument<string?> NodeId = new("NODE") { Description = "one node of it", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<uint> Limit = new("--limit") { Description = "most decisions, newest first, 1 to 1000 (default 100)" };
    private static readonly Option<uint> Candidates = new("--candidates") { Description = "most settings, 1 to 100 (default 10)" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("explain", "Shows why a node has its setting, and what was decided for a pool or node.")
        {
            PoolId, NodeId, Limit, Candidates,
        };
        AdminClient.AddAddress(command);
        OutputFormat.Add(command);
        AdminClient.SetCall(command, RunAsync);
        return command;
    }

    private static async Task RunAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        string poolId = parsed.GetValue(PoolId)!;
        string nodeId = parsed.GetValue(NodeId) ?? "";
        ListDecisionsResponse decisions = await admin.ListDecisionsAsync(
            new ListDecisionsRequest { PoolId = poolId, NodeId = nodeId, Limit = parsed.GetValue(Limit) }, cancellationToken: ct);
        if (nodeId.Length == 0)
        {
            OutputFormat.Write(parsed, decisions, output => StatusTables.Decisions(decisions.Decisions).Write(output));
            return;
        }

        Explanation why = await admin.ExplainAsync(
            new ExplainRequest { PoolId = poolId, NodeId = nodeId, Limit = parsed.GetValue(Candidates) }, cancellationToken: ct);
        JsonObject document = JsonNode.Parse(OutputFormat.ToJson(why).GetRawText())!.AsObject();
        document["decisions"] = JsonNode.Parse(OutputFormat.ToJson(decisions).GetProperty("decisions").GetRawText());
        OutputFormat.Write(parsed, JsonSerializer.SerializeToElement(document), output =>
        {
            Figures.Fields(
                output,
                ("node", $"{why.PoolId}/{why.NodeId}"),
                ("promise", $"p{why.SlaPercentile:0.##} within {Figures.Number(why.SlaLatencyUs)} us"),
                ("load", $"{Figures.Number(why.RequestsPerSecond)} req/s"),
                ("in force", Figures.Setting(why.Setting)),
                ("settled", Figures.Setting(why.SettledSetting)),
                ("phase", $"{why.Phase}, {why.Trials} windows, trigger {why.Trigger}"),
                ("why", why.Reason));
            output.WriteLine();
            InsightTables.Candidates(why.Candidates).Write(output);
            output.WriteLine();
            StatusTables.Decisions(decisions.Decisions).Write(output);
        });
    }
}
