using System.Globalization;
using Fleet.Controller.Audit;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.Core.Control;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Questions: why, what if, who did what.</summary>
internal sealed partial class AdminGrpcService
{
    private const int StandardRows = 100;
    private const int StandardCandidates = 10;

    /// <inheritdoc/>
    public override Task<Explanation> Explain(ExplainRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        SpecValidation.Require((request.Limit <= 100, "limit", request.Limit, $"1 to 100, or 0 for {StandardCandidates}"));
        int limit = request.Limit == 0 ? StandardCandidates : (int)request.Limit;
        return await owners.AskAsync(
            request.PoolId,
            context,
            async pool => (await pool.ExplainAsync(request.NodeId, limit, context.CancellationToken).ConfigureAwait(false)).ToProto(pool.PoolId),
            (owner, options) => owner.ExplainAsync(request, options).ResponseAsync).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public override Task<PlanResponse> Plan(PlanRequest request, ServerCallContext context) => Answer.Of(async () =>
    {
        Func<PoolDocument, PoolDocument> change = PlannedChange.Of(request);
        double? qps = request.RequestsPerSecond == 0 ? null : request.RequestsPerSecond;
        return await owners.AskAsync(
            request.PoolId,
            context,
            async pool => (await pool.PlanAsync(change, qps, context.CancellationToken).ConfigureAwait(false)).ToProto(),
            (owner, options) => owner.PlanAsync(request, options).ResponseAsync).ConfigureAwait(false);
    });

    /// <inheritdoc/>
    public override Task<ListDecisionsResponse> ListDecisions(ListDecisionsRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        SpecValidation.Require((request.Limit <= 1000, "limit", request.Limit, "1 to 1000, or 0 for 100"));
        PoolRef pool = pools.Get(request.PoolId);
        string? nodeId = request.NodeId.Length == 0 ? null : request.NodeId;

        // Newest first: the key falls with time. Decisions of one moment are counted from the oldest, whose number never changes.
        IReadOnlyList<DecisionRecord> all = decisions.Latest(pool.PoolId, nodeId, int.MaxValue);
        IEnumerable<(string Key, DecisionRecord Decision)> rows = all.Select((d, i) => (Descending(
            d.At.ToUnixTimeMilliseconds(), all.Skip(i + 1).TakeWhile(o => o.At == d.At).Count()), d));
        (IReadOnlyList<DecisionRecord> page, string next) =
            Pages.Of(rows, $"decisions/{pool.PoolId}/{nodeId}", request.Limit, request.PageToken, StandardRows);
        var response = new ListDecisionsResponse { NextPageToken = next };
        response.Decisions.AddRange(page.Select(d => d.ToProto(pool.PoolId)));
        return Task.FromResult(response);
    });

    /// <inheritdoc/>
    public override Task<ListAuditResponse> ListAudit(ListAuditRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        SpecValidation.Require(
            (request.SinceUnixMs >= 0, "since_unix_ms", request.SinceUnixMs, "0 and above"),
            (request.UntilUnixMs >= 0, "until_unix_ms", request.UntilUnixMs, "0 and above"));
        IEnumerable<OperationRecord> found = operations.Newest(o =>
            Fits(request.PoolId, o.PoolId) && Fits(request.NodeId, o.NodeId) && Fits(request.Actor, o.Actor) && Fits(request.Method, o.Method)
            && o.At.ToUnixTimeMilliseconds() >= request.SinceUnixMs
            && (request.UntilUnixMs == 0 || o.At.ToUnixTimeMilliseconds() < request.UntilUnixMs));
        (IReadOnlyList<OperationRecord> page, string next) = Pages.Of(
            found.Select(o => (Descending(o.Id, 0), o)), "audit", request.PageSize, request.PageToken, StandardRows);
        var response = new ListAuditResponse { NextPageToken = next };
        response.Entries.AddRange(page.Select(o => o.ToProto()));
        return Task.FromResult(response);
    });

    /// <inheritdoc/>
    public override Task<ListHistoryResponse> ListHistory(ListHistoryRequest request, ServerCallContext context) => Answer.Of(() =>
    {
        RequestChecks.Ids(("pool_id", request.PoolId));
        OperationRecord[] found = [.. operations.Newest(o => o.PoolId == request.PoolId && o.PoolSpecJson.Length > 0)];
        if (found.Length == 0)
        {
            pools.Get(request.PoolId);
        }

        (IReadOnlyList<OperationRecord> page, string next) = Pages.Of(
            found.Select(o => (Descending(o.Id, 0), o)), $"history/{request.PoolId}", request.PageSize, request.PageToken);
        var response = new ListHistoryResponse { NextPageToken = next };
        response.Revisions.AddRange(page.Select(o => o.ToRevision()));
        return Task.FromResult(response);
    });

    private static bool Fits(string asked, string value) => asked.Length == 0 || asked == value;

    private static string Descending(long number, int within) =>
        string.Create(CultureInfo.InvariantCulture, $"{long.MaxValue - number:D19} {int.MaxValue - within:D10}");
}
