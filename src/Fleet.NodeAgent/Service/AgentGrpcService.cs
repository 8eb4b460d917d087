using Fleet.NodeAgent.Safety;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.NodeAgent.Service;

/// <summary>The agent's contract (protos/fleet/v1/agent.proto) over one node.</summary>
internal sealed class AgentGrpcService(AgentNode node, TimeProvider time, CancellationToken stopping) : AgentService.AgentServiceBase
{
    private const uint DefaultIntervalMs = 250;
    private const uint ShortestIntervalMs = 50;
    private const uint LongestIntervalMs = 10_000;

    /// <inheritdoc/>
    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context) =>
        Task.FromResult(AgentDescription.Of(node).ToProto());

    /// <inheritdoc/>
    public override Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context) => Answer(() =>
    {
        ApplyOutcome outcome = node.Authority.Apply(new ApplyCommand(
            request.Epoch, request.CommandId, request.Setting.ToCore(), request.Exploring, TimeSpan.FromMilliseconds(request.LeaseMs)));
        return new ApplyResponse { ReadBack = outcome.ReadBack.ToProto(), ElapsedMs = outcome.Elapsed.TotalMilliseconds };
    });

    /// <inheritdoc/>
    public override Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context) => Answer(() =>
    {
        InForce force = node.Authority.Renew(request.Epoch, TimeSpan.FromMilliseconds(request.LeaseMs));
        return new RenewResponse { Setting = force.Setting.ToProto(), Exploring = force.Exploring };
    });

    /// <inheritdoc/>
    public override async Task WatchReadings(
        WatchReadingsRequest request, IServerStreamWriter<NodeReading> responseStream, ServerCallContext context)
    {
        uint intervalMs = request.IntervalMs == 0 ? DefaultIntervalMs : request.IntervalMs;
        if (intervalMs is < ShortestIntervalMs or > LongestIntervalMs)
        {
            throw new RpcException(new Status(
                StatusCode.InvalidArgument,
                $"interval_ms {intervalMs} out of range; "
                + $"legal: {ShortestIntervalMs} to {LongestIntervalMs}, or 0 for {DefaultIntervalMs}"));
        }

        var stream = new ReadingStream(node, time);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(intervalMs), time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        try
        {
            while (await timer.WaitForNextTickAsync(end.Token))
            {
                await responseStream.WriteAsync(stream.Next());
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The watcher left or the agent ends: the end of the stream, not an error.
        }
    }

    private static Task<T> Answer<T>(Func<T> answer)
    {
        try
        {
            return Task.FromResult(answer());
        }
        catch (ArgumentException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
        catch (ApplyRefusedException e)
        {
            throw new RpcException(new Status(
                e.Refusal switch
                {
                    ApplyRefusal.Illegal => StatusCode.InvalidArgument,
                    ApplyRefusal.HostRefused => StatusCode.Aborted,
                    _ => StatusCode.FailedPrecondition,
                },
                e.Message));
        }
    }
}
