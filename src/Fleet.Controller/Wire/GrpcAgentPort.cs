using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Grpc.Client;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Wire;

/// <summary>Reaches agents over gRPC.</summary>
/// <param name="time">Clock that stamps readings.</param>
/// <param name="channel">How to connect; null: plain text only.</param>
/// <param name="reading">Between readings; null: as often as a traffic slice.</param>
internal sealed class GrpcAgentPort(TimeProvider time, FleetChannelOptions? channel = null, TimeSpan? reading = null) : IAgentPort
{
    /// <inheritdoc/>
    public IAgentLink Dial(string address) => new Link(FleetChannel.ForAddress(address, channel), time, reading ?? LinkTimings.Reading);

    private sealed class Link(FleetChannel channel, TimeProvider time, TimeSpan reading) : IAgentLink
    {
        private readonly AgentService.AgentServiceClient _agent = new(channel);

        public async Task<AgentDescription> DescribeAsync(CancellationToken ct)
        {
            DescribeResponse answer = await RpcFailure.Explain(
                () => _agent.DescribeAsync(new DescribeRequest(), cancellationToken: ct).ResponseAsync, "agent", channel.Target)
                .ConfigureAwait(false);
            return new AgentDescription(answer.HardwareClass, answer.Knobs.ToSpace(), answer.Bypass);
        }

        public async Task<Core.Knobs.Setting> ApplyAsync(
            ulong epoch, string commandId, Core.Knobs.Setting setting, bool exploring, CancellationToken ct)
        {
            var request = new ApplyRequest
            {
                Epoch = epoch,
                CommandId = commandId,
                Setting = setting.ToProto(),
                Exploring = exploring,
                LeaseMs = (uint)LinkTimings.Lease.TotalMilliseconds,
            };
            ApplyResponse answer = await RpcFailure.Explain(
                () => _agent.ApplyAsync(request, cancellationToken: ct).ResponseAsync, "agent", channel.Target).ConfigureAwait(false);
            return answer.ReadBack.ToCore();
        }

        public async Task RenewAsync(ulong epoch, Grains.GuardSignal? guard, CancellationToken ct)
        {
            var request = new RenewRequest
            {
                Epoch = epoch, LeaseMs = (uint)LinkTimings.Lease.TotalMilliseconds, Guard = guard?.ToProto(),
            };
            await RpcFailure.Explain(
                () => _agent.RenewAsync(request, cancellationToken: ct).ResponseAsync, "agent", channel.Target).ConfigureAwait(false);
        }

        public async IAsyncEnumerable<Core.Measurement.NodeReading> WatchReadingsAsync([EnumeratorCancellation] CancellationToken ct)
        {
            var request = new WatchReadingsRequest
            {
                IntervalMs = (uint)reading.TotalMilliseconds, MaxDelayMs = (uint)LinkTimings.ReadingDelay.TotalMilliseconds,
            };
            using AsyncServerStreamingCall<V1.NodeReading> call = _agent.WatchReadings(request, cancellationToken: ct);
            while (await RpcFailure.Explain(() => call.ResponseStream.MoveNext(ct), "agent", channel.Target).ConfigureAwait(false))
            {
                yield return call.ResponseStream.Current.ToCore(time.GetUtcNow());
            }
        }

        public ValueTask DisposeAsync()
        {
            channel.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
