using Fleet.V1;
using Grpc.Core;
using LatencyHistogram = Fleet.Core.Measurement.LatencyHistogram;

namespace Fleet.Lab.Demo;

/// <summary>What a proxy sees of each node, summed between two looks.</summary>
internal sealed class ProxyTelemetry(ProxyService.ProxyServiceClient proxy) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private Dictionary<string, LatencyHistogram> _nodes = new(StringComparer.Ordinal);
    private Task _watching = Task.CompletedTask;

    /// <summary>Begins to listen.</summary>
    public void Start() => _watching = WatchAsync();

    /// <summary>Latencies per node since the last call.</summary>
    /// <exception cref="RpcException">The proxy no longer tells.</exception>
    public Dictionary<string, LatencyHistogram> Take()
    {
        if (_watching.IsFaulted)
        {
            _watching.GetAwaiter().GetResult();
        }

        lock (_lock)
        {
            Dictionary<string, LatencyHistogram> taken = _nodes;
            _nodes = new(StringComparer.Ordinal);
            return taken;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task WatchAsync()
    {
        using AsyncServerStreamingCall<Telemetry> call = proxy.WatchTelemetry(new WatchTelemetryRequest(), cancellationToken: _stop.Token);
        while (await call.ResponseStream.MoveNext(_stop.Token))
        {
            Add(call.ResponseStream.Current);
        }
    }

    private void Add(Telemetry telemetry)
    {
        lock (_lock)
        {
            foreach (V1.TrafficSlice slice in telemetry.Slices.Where(s => s.Latency is not null))
            {
                if (!_nodes.TryGetValue(slice.NodeId, out LatencyHistogram? sum))
                {
                    _nodes[slice.NodeId] = sum = new LatencyHistogram();
                }

                sum.Add(LatencyHistogram.FromSparse(
                    [.. slice.Latency.Buckets], [.. slice.Latency.Counts], slice.Latency.SumUs, slice.Latency.MaxUs));
            }
        }
    }
}
