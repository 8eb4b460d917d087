using Fleet.NodeAgent.Safety;
using Fleet.V1;
using GuardSignal = Fleet.NodeAgent.Safety.GuardSignal;
using Grpc.Core;

namespace Fleet.NodeAgent.Service;

/// <summary>The agent's contract (protos/fleet/v1/agent.proto) over one node.</summary>
internal sealed class AgentGrpcService(AgentNode node, TimeProvider time, CancellationToken stopping) : AgentService.AgentServiceBase
{
    private const uint DefaultIntervalMs = 250;
    private const uint ShortestIntervalMs = 50;
    private const uint LongestIntervalMs = 10_000;
    private const uint LongestDelayMs = 10_000;
    private const int LongestReason = 500;

    private long _turn;

    /// <inheritdoc/>
    public override Task<DescribeResponse> Describe(DescribeRequest request, ServerCallContext context) =>
        Task.FromResult(AgentDescription.Of(node).ToProto());

    /// <inheritdoc/>
    public override async Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        long turn = Interlocked.Increment(ref _turn);
        while (true)
        {
            try
            {
                return Answer(() => Apply(Command(request, context)));
            }
            catch (ApplyRefusedException e)
            {
                // Waiting out the pace is the agent's business; only the newest command is worth the wait.
                await Task.Delay(e.RetryAfter, time, context.CancellationToken);
                if (Interlocked.Read(ref _turn) != turn)
                {
                    throw new RpcException(new Status(StatusCode.Aborted, "a newer command took this one's place: " + e.Message));
                }
            }
        }
    }

    /// <inheritdoc/>
    public override Task<RenewResponse> Renew(RenewRequest request, ServerCallContext context) => Task.FromResult(Answer(() =>
    {
        GuardSignal? signal = request.Guard is { } g
            ? new GuardSignal(g.HasLatencyUs ? g.LatencyUs : null, g.SlaUs, g.HasRequestsPerSecond ? g.RequestsPerSecond : null) : null;
        InForce force = node.Authority.Renew(request.Epoch, TimeSpan.FromMilliseconds(request.LeaseMs), signal);
        return new RenewResponse { Setting = force.Setting.ToProto(), Exploring = force.Exploring };
    }));

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

        if (request.MaxDelayMs > LongestDelayMs)
        {
            throw new RpcException(new Status(
                StatusCode.InvalidArgument, $"max_delay_ms {request.MaxDelayMs} out of range; legal: 0 to {LongestDelayMs}"));
        }

        TimeSpan interval = TimeSpan.FromMilliseconds(intervalMs);
        var readings = new ReadingGroup(new ReadingStream(node, time), interval, TimeSpan.FromMilliseconds(request.MaxDelayMs));
        Task written = Task.CompletedTask;
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        await using CancellationTokenRegistration told = end.Token.Register(() => over.TrySetResult());
        try
        {
            using (node.Pulse.Every(interval, Read))
            {
                await over.Task;
            }

            await written;
        }
        catch (Exception) when (end.IsCancellationRequested)
        {
            // The watcher left or the agent ends: the end of the stream, not an error.
        }

        void Read()
        {
            // A watcher that is slow misses no time: its next reading covers what it missed.
            if (!written.IsCompleted)
            {
                return;
            }

            try
            {
                written.GetAwaiter().GetResult();
                if (readings.Take())
                {
                    written = readings.SendAsync(responseStream);
                }
            }
            catch (Exception e)
            {
                over.TrySetException(e);
            }
        }
    }

    private static ApplyCommand Command(ApplyRequest request, ServerCallContext context) => new(
        request.Epoch, request.CommandId, request.Setting.ToCore(), request.Exploring, TimeSpan.FromMilliseconds(request.LeaseMs))
    {
        Who = $"controller {context.Peer}",
        Why = request.Why[..Math.Min(request.Why.Length, LongestReason)],
    };

    private ApplyResponse Apply(ApplyCommand command)
    {
        ApplyOutcome outcome = node.Authority.Apply(command);
        return new ApplyResponse
        {
            ReadBack = outcome.ReadBack.ToProto(),
            ElapsedMs = outcome.Elapsed.TotalMilliseconds,
            NotApplied = outcome.NotApplied,
        };
    }

    private static T Answer<T>(Func<T> answer)
    {
        try
        {
            return answer();
        }
        catch (ArgumentException e)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, e.Message));
        }
        catch (ApplyRefusedException e) when (e.Refusal != ApplyRefusal.TooSoon)
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
