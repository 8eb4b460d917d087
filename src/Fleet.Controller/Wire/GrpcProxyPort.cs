using System.Runtime.CompilerServices;
using Fleet.Controller.Grains;
using Fleet.Grpc.Client;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Controller.Wire;

/// <summary>Reaches proxies over gRPC.</summary>
/// <param name="time">Clock that stamps slices.</param>
/// <param name="channel">How to connect; null: plain text only.</param>
internal sealed class GrpcProxyPort(TimeProvider time, FleetChannelOptions? channel = null) : IProxyPort
{
    /// <inheritdoc/>
    public IProxyLink Dial(string control) => new Link(FleetChannel.ForAddress(control, channel), time);

    private sealed class Link(FleetChannel channel, TimeProvider time) : IProxyLink
    {
        private readonly ProxyService.ProxyServiceClient _proxy = new(channel);

        public Task HelloAsync(CancellationToken ct) => RpcFailure.Explain(
            () => _proxy.GetStatusAsync(new GetStatusRequest(), cancellationToken: ct).ResponseAsync, "proxy", channel.Target);

        public Task ConfigurePoolAsync(RouteTable table, CancellationToken ct)
        {
            var routes = new PoolRoutes
            {
                PoolId = table.PoolId,
                Listen = table.Listen,
                Policy = table.Policy,
                Revision = (ulong)table.Revision,
            };
            routes.Nodes.AddRange(table.Nodes.Select(
                n => new NodeRoute { NodeId = n.NodeId, Address = n.Address, Weight = (uint)n.Weight }));
            var request = new ConfigurePoolRequest { Epoch = table.Epoch, Pool = routes };
            return RefusableAsync(() => _proxy.ConfigurePoolAsync(request, cancellationToken: ct).ResponseAsync);
        }

        public async Task<IReadOnlyList<SendDelay>> SetSendDelaysAsync(
            ulong epoch, string poolId, IReadOnlyList<SendDelay> delays, CancellationToken ct)
        {
            var request = new SetSendDelaysRequest
            {
                Epoch = epoch,
                PoolId = poolId,
                ValidMs = (uint)LinkTimings.Lease.TotalMilliseconds,
            };
            request.Nodes.AddRange(delays.Select(d => new NodeSendDelay { NodeId = d.NodeId, SendDelayUs = (uint)d.DelayUs }));
            SetSendDelaysResponse answer = await RefusableAsync(
                () => _proxy.SetSendDelaysAsync(request, cancellationToken: ct).ResponseAsync).ConfigureAwait(false);
            return [.. answer.Nodes.Select(n => new SendDelay(poolId, n.NodeId, epoch, n.SendDelayUs))];
        }

        public Task RemovePoolAsync(ulong epoch, string poolId, CancellationToken ct)
        {
            var request = new RemovePoolRequest { Epoch = epoch, PoolId = poolId };
            return RefusableAsync(() => _proxy.RemovePoolAsync(request, cancellationToken: ct).ResponseAsync);
        }

        public async IAsyncEnumerable<IReadOnlyList<NodeSlice>> WatchTelemetryAsync([EnumeratorCancellation] CancellationToken ct)
        {
            using AsyncServerStreamingCall<Telemetry> call = _proxy.WatchTelemetry(new WatchTelemetryRequest(), cancellationToken: ct);
            while (await RpcFailure.Explain(() => call.ResponseStream.MoveNext(ct), "proxy", channel.Target).ConfigureAwait(false))
            {
                DateTimeOffset now = time.GetUtcNow();
                yield return [.. call.ResponseStream.Current.Slices.Select(s => s.ToCore(now))];
            }
        }

        public ValueTask DisposeAsync()
        {
            channel.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<T> RefusableAsync<T>(Func<Task<T>> call)
        {
            try
            {
                return await RpcFailure.Explain(call, "proxy", channel.Target).ConfigureAwait(false);
            }
            catch (IOException failure) when (RpcFailure.IsRefusal(failure))
            {
                throw new ProxyRefusedException(
                    failure.Message, failure.InnerException is RpcException { StatusCode: StatusCode.FailedPrecondition });
            }
        }
    }
}
