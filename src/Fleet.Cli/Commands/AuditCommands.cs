using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;
using Fleet.V1;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet audit</c> and <c>fleet history</c>: who did what, and the specs that a pool has had.</summary>
internal static class AuditCommands
{
    private static readonly Option<string?> Pool = new("--pool") { Description = "only this pool" };
    private static readonly Option<string?> Node = new("--node") { Description = "only this node" };
    private static readonly Option<string?> Actor = new("--actor") { Description = "only this person or service" };
    private static readonly Option<string?> Method = new("--method") { Description = "only this method, for example DrainNode" };
    private static readonly Option<TimeSpan?> Since = new("--since") { Description = "only the last HH:MM:SS", HelpName = "HH:MM:SS" };
    private static readonly Option<uint> Limit = new("--limit") { Description = "most entries, newest first, 1 to 1000 (default 100)" };
    private static readonly Argument<string> PoolId = new("POOL") { Description = "the pool" };

    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create()
    {
        var audit = new Command("audit", "Shows who asked for what, and what came of it.") { Pool, Node, Actor, Method, Since, Limit };
        AdminClient.AddAddress(audit);
        OutputFormat.Add(audit);
        AdminClient.SetCall(audit, AuditAsync);
        yield return audit;

        var history = new Command("history", "Shows the specs that a pool has had.") { PoolId };
        AdminClient.AddAddress(history);
        OutputFormat.Add(history);
        AdminClient.SetCall(history, async (parsed, admin, ct) =>
        {
            ListHistoryResponse found = await admin.ListHistoryAsync(
                new ListHistoryRequest { PoolId = parsed.GetValue(PoolId) }, cancellationToken: ct);
            OutputFormat.Write(parsed, found, output => InsightTables.History(found.Revisions).Write(output));
        });
        yield return history;
    }

    private static async Task AuditAsync(ParseResult parsed, AdminService.AdminServiceClient admin, CancellationToken ct)
    {
        var request = new ListAuditRequest
        {
            PoolId = parsed.GetValue(Pool) ?? "",
            NodeId = parsed.GetValue(Node) ?? "",
            Actor = parsed.GetValue(Actor) ?? "",
            Method = parsed.GetValue(Method) ?? "",
            PageSize = parsed.GetValue(Limit),
            SinceUnixMs = parsed.GetValue(Since) is { } age ? (TimeProvider.System.GetUtcNow() - age).ToUnixTimeMilliseconds() : 0,
        };
        ListAuditResponse found = await admin.ListAuditAsync(request, cancellationToken: ct);
        OutputFormat.Write(parsed, found, output => InsightTables.Audit(found.Entries).Write(output));
    }
}
