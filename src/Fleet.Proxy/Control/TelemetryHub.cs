using System.Threading.Channels;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Yarp;
using Fleet.V1;
using Microsoft.Extensions.Logging;
using WireHistogram = Fleet.V1.LatencyHistogram;
using WireSlice = Fleet.V1.TrafficSlice;

namespace Fleet.Proxy.Control;

/// <summary>
/// Sums the loops' counts, and those of the HTTP pools, into one slice per node at every interval and hands each slice to every watcher. A
/// watcher that falls too far behind is dropped: it must neither hold up the others nor fill the memory.
/// </summary>
internal sealed class TelemetryHub(ProxyEngine engine, HttpPools http, TimeSpan interval, TimeProvider time, ILogger logger)
{
    /// <summary>Slices that a watcher may be behind.</summary>
    public const int WatcherBacklog = 64;

    private readonly Lock _lock = new();
    private readonly List<Channel<Telemetry>> _watchers = [];
    private readonly Dictionary<(string Pool, string Node), NodeSum> _sums = [];
    private DateTimeOffset _sliceStart;
    private long _sliceStamp;

    /// <summary>Totals since the start, for metrics.</summary>
    public TrafficTotals Totals { get; } = new();

    /// <summary>Runs until cancelled; then every watcher's stream ends.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        (_sliceStart, _sliceStamp) = (time.GetUtcNow(), time.GetTimestamp());
        try
        {
            using var timer = new PeriodicTimer(interval, time);
            while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
            {
                await SliceAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            EndStreams();
        }
    }

    /// <summary>Ends the stream of everybody who watches now.</summary>
    public void EndStreams()
    {
        lock (_lock)
        {
            _watchers.ForEach(w => w.Writer.TryComplete());
            _watchers.Clear();
        }
    }

    /// <summary>Every slice from now on; ends when the proxy stops, fails when the watcher was dropped.</summary>
    public async IAsyncEnumerable<Telemetry> WatchAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateBounded<Telemetry>(
            new BoundedChannelOptions(WatcherBacklog) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
        lock (_lock)
        {
            _watchers.Add(channel);
        }

        try
        {
            await foreach (Telemetry slice in channel.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
            {
                yield return slice;
            }
        }
        finally
        {
            lock (_lock)
            {
                _watchers.Remove(channel);
            }
        }
    }

    private async Task SliceAsync()
    {
        List<NodeReport> reports = await engine.CollectAsync().ConfigureAwait(false);
        reports.AddRange(http.Collect());
        Totals.Take(reports);
        Telemetry telemetry = Sum(reports);
        lock (_lock)
        {
            for (int i = _watchers.Count - 1; i >= 0; i--)
            {
                if (!_watchers[i].Writer.TryWrite(telemetry))
                {
                    _watchers[i].Writer.TryComplete(new WatcherTooSlowException());
                    _watchers.RemoveAt(i);
                    ProxyLog.WatcherDropped(logger);
                }
            }
        }
    }

    private Telemetry Sum(List<NodeReport> reports)
    {
        foreach (NodeSum sum in _sums.Values)
        {
            sum.Reset();
        }

        foreach (NodeReport report in reports)
        {
            if (!_sums.TryGetValue((report.PoolId, report.NodeId), out NodeSum? sum))
            {
                _sums.Add((report.PoolId, report.NodeId), sum = new NodeSum());
            }

            sum.Reported = true;
            sum.Reachable &= report.Reachable;
            sum.InFlight += report.InFlight;
            report.Traffic!.AddTo(sum.Traffic);
        }

        foreach ((string, string) gone in _sums.Where(s => !s.Value.Reported).Select(s => s.Key).ToList())
        {
            _sums.Remove(gone);
        }

        double durationMs = time.GetElapsedTime(_sliceStamp).TotalMilliseconds;
        var telemetry = new Telemetry();
        telemetry.Slices.AddRange(_sums.Select(s => Slice(s.Key.Pool, s.Key.Node, s.Value, durationMs)));
        (_sliceStart, _sliceStamp) = (time.GetUtcNow(), time.GetTimestamp());
        return telemetry;
    }

    private WireSlice Slice(string pool, string node, NodeSum sum, double durationMs)
    {
        NodeTraffic traffic = sum.Traffic;
        var latency = new WireHistogram { SumUs = traffic.Latency.SumUs, MaxUs = traffic.Latency.MaxUs };
        foreach ((int bucket, long count) in traffic.Latency.Sparse())
        {
            latency.Buckets.Add((uint)bucket);
            latency.Counts.Add((ulong)count);
        }

        return new WireSlice
        {
            PoolId = pool,
            NodeId = node,
            StartUnixMs = _sliceStart.ToUnixTimeMilliseconds(),
            DurationMs = durationMs,
            Requests = (ulong)traffic.Requests,
            Errors = (ulong)traffic.Errors,
            GetHits = (ulong)traffic.GetHits,
            GetMisses = (ulong)traffic.GetMisses,
            BytesToNode = (ulong)traffic.BytesToNode,
            BytesFromNode = (ulong)traffic.BytesFromNode,
            InFlight = (ulong)sum.InFlight,
            Latency = latency,
            Reachable = sum.Reachable,
        };
    }

    private sealed class NodeSum
    {
        public NodeTraffic Traffic { get; } = new();

        public long InFlight { get; set; }

        public bool Reported { get; set; }

        public bool Reachable { get; set; } = true;

        public void Reset()
        {
            Traffic.Clear();
            (InFlight, Reported, Reachable) = (0, false, true);
        }
    }
}
