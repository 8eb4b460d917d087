using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Threading.Channels;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// Keeps YARP's health of each node, for all loops in one place: active by a probe on a connection of its own at every interval (memcached's
/// "version"; for other protocols a connection is enough), passive by what the loops' connections meet. Either ejects a node only after
/// several failures in a row, and <see cref="CappedEjection"/> bounds how many are out at once. Health never moves keys by itself: a cache
/// that spills a dead node's keys over its neighbours floods them, so a sharded pool does that only by a failover rule.
/// </summary>
internal sealed class HealthMonitor(
    PoolManager pools, YarpState yarp, IDestinationHealthUpdater updater, ProxyOptions options, TimeProvider time)
{
    // Failures further apart than this are not in a row.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(200);
    private const int MostEjectFactor = 10;

    private readonly Channel<NodeChange> _changes =
        Channel.CreateBounded<NodeChange>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });

    private readonly ConcurrentDictionary<(string Pool, string Node), NodeRecord> _records = [];

    /// <summary>Called by the loops; never blocks them.</summary>
    public void Note(NodeChange change) => _changes.Writer.TryWrite(change);

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(PassiveAsync(cancel), ActiveAsync(cancel), RefreshAsync(cancel));

    private async Task PassiveAsync(CancellationToken cancel)
    {
        await foreach (NodeChange change in _changes.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            // A connection that cannot be made is known to the loops at once and ends as soon as it can be made again; what ejects is a node
            // that takes connections and then does not answer, or drops them.
            if (change is { Connected: false, WasUp: true })
            {
                Failed(change.PoolId, change.NodeId);
            }
        }
    }

    private void Failed(string poolId, string nodeId)
    {
        if (Destination(poolId, nodeId) is not ({ } cluster, { } destination) || pools.Find(poolId) is not { } pool)
        {
            return;
        }

        NodeRecord record = Record(poolId, nodeId);
        long now = time.GetTimestamp();
        bool inRow = record.PassiveFailures > 0 && time.GetElapsedTime(record.LastFailure, now) < Memory;
        record.PassiveFailures = inRow ? record.PassiveFailures + 1 : 1;
        record.LastFailure = now;
        if (record.PassiveFailures >= pool.Health.Failures)
        {
            int times = Math.Min(record.PassiveFailures - pool.Health.Failures + 1, MostEjectFactor);
            updater.SetPassive(
                cluster, destination, DestinationHealth.Unhealthy, TimeSpan.FromSeconds((double)pool.Health.EjectSeconds * times));
        }
    }

    /// <summary>Ejections end, slow starts rise and moves end by the clock: what changed is published.</summary>
    private async Task RefreshAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(RefreshInterval, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            await pools.RefreshAsync(cancel).ConfigureAwait(false);
        }
    }

    private async Task ActiveAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(options.ProbeInterval, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            PublishedPool[] served = [.. pools.Served.Where(p => !p.IsHttp)];
            await Task.WhenAll(served.SelectMany(p => p.Current.Targets.Select(t => ProbeAsync(p, t, cancel)))).ConfigureAwait(false);
            foreach ((string Pool, string Node) gone in _records.Keys.Where(k => Destination(k.Pool, k.Node).Destination is null))
            {
                _records.TryRemove(gone, out _);
            }
        }
    }

    private async Task ProbeAsync(PublishedPool pool, NodeTarget target, CancellationToken cancel)
    {
        PoolDefinition? rules = pool.Current.Rules;
        bool healthy = await AnswersAsync(target, rules is { IsMemcached: false }, cancel).ConfigureAwait(false);
        if (Destination(pool.PoolId, target.NodeId) is ({ } cluster, { } destination))
        {
            NodeRecord record = Record(pool.PoolId, target.NodeId);
            record.ActiveFailures = healthy ? 0 : record.ActiveFailures + 1;
            bool ill = record.ActiveFailures >= (rules?.Health.Failures ?? 1);
            if (healthy || ill)
            {
                updater.SetActive(cluster, [new NewActiveDestinationHealth(
                    destination, ill ? DestinationHealth.Unhealthy : DestinationHealth.Healthy)]);
            }
        }
    }

    private async Task<bool> AnswersAsync(NodeTarget target, bool connectOnly, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        byte[] reply = new byte["VERSION".Length];
        try
        {
            await socket.ConnectAsync(target.EndPoint, both.Token).ConfigureAwait(false);
            await using Stream stream = target.Tls is { } tls
                ? await tls.AuthenticateAsync(socket, target, both.Token).ConfigureAwait(false)
                : new NetworkStream(socket, ownsSocket: false);
            if (connectOnly)
            {
                return true;
            }

            await stream.WriteAsync("version\r\n"u8.ToArray(), both.Token).ConfigureAwait(false);
            for (int got = 0; got < reply.Length;)
            {
                int count = await stream.ReadAsync(reply.AsMemory(got), both.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return false;
                }

                got += count;
            }

            return reply.AsSpan().SequenceEqual("VERSION"u8);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    private (ClusterState? Cluster, DestinationState? Destination) Destination(string poolId, string nodeId)
    {
        ClusterState? cluster = yarp.Find(poolId);
        return (cluster, cluster is not null && cluster.Destinations.TryGetValue(nodeId, out DestinationState? found) ? found : null);
    }

    private NodeRecord Record(string poolId, string nodeId) => _records.GetOrAdd((poolId, nodeId), _ => new NodeRecord());

    /// <summary>Failures in a row of one node.</summary>
    private sealed class NodeRecord
    {
        public int ActiveFailures { get; set; }

        public int PassiveFailures { get; set; }

        public long LastFailure { get; set; }
    }
}
