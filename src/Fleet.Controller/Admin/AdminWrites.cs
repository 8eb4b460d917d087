using Fleet.Controller.Audit;
using Fleet.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Fleet.Controller.Admin;

/// <summary>Runs the writes of the admin API: each once per request id, each in the audit log with who asked and what came of it.</summary>
/// <param name="log">The audit log.</param>
/// <param name="memory">Answers to earlier requests.</param>
/// <param name="time">Clock of the audit log.</param>
internal sealed class AdminWrites(IOperationLog log, RequestMemory memory, TimeProvider time)
{
    private const int LongestRequestJson = 16_384;

    /// <summary>Runs one write.</summary>
    /// <param name="context">The call.</param>
    /// <param name="request">The request.</param>
    /// <param name="requestId">Its request id; empty: it is done whenever it is asked.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="parser">Reads a remembered answer.</param>
    /// <param name="write">Does it.</param>
    public async Task<T> RunAsync<T>(
        ServerCallContext context, IMessage request, string requestId, WriteTarget target, MessageParser<T> parser, Func<Task<T>> write)
        where T : class, IMessage<T>
    {
        string method = context.Method[(context.Method.LastIndexOf('/') + 1)..];
        AdminCaller caller = AdminCaller.Of(context);
        bool done = false;
        try
        {
            return await Answer.Of(async () =>
            {
                RequestChecks.RequestId(requestId);
                return requestId.Length == 0
                    ? await DoAsync().ConfigureAwait(false)
                    : await memory.OnceAsync(caller.Actor, method, requestId, request, parser, DoAsync, context.CancellationToken)
                        .ConfigureAwait(false);
            }).ConfigureAwait(false);
        }
        catch (RpcException refused) when (!done)
        {
            log.Add(Entry(StatusCodeName(refused.StatusCode), refused.Status.Detail, null));
            throw;
        }

        async Task<T> DoAsync()
        {
            T answer = await write().ConfigureAwait(false);
            done = true;
            log.Add(Entry(OperationRecord.Done, "", answer));
            return answer;
        }

        OperationRecord Entry(string outcome, string detail, IMessage? answer)
        {
            string json = JsonFormatter.Default.Format(request);
            return new OperationRecord(
                0, time.GetUtcNow(), caller.Actor, caller.Role, caller.Peer, method, target.PoolId, target.NodeId, target.ProxyId, requestId,
                outcome, detail, json.Length <= LongestRequestJson ? json : json[..LongestRequestJson], VersionOf(answer), SpecOf(answer));
        }
    }

    // "FailedPrecondition" as gRPC writes it: FAILED_PRECONDITION.
    private static string StatusCodeName(StatusCode code) => string.Concat(
        code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));

    private static string VersionOf(IMessage? answer) => answer switch
    {
        Pool pool => pool.ResourceVersion,
        Node node => node.ResourceVersion,
        Proxy proxy => proxy.ResourceVersion,
        _ => "",
    };

    private static string SpecOf(IMessage? answer) => answer is Pool pool ? JsonFormatter.Default.Format(pool.Spec) : "";
}

/// <summary>What a write is about; empty where it is about none.</summary>
internal sealed record WriteTarget(string PoolId = "", string NodeId = "", string ProxyId = "");
