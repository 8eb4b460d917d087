using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// Keeps YARP's health of each node: active by a memcached "version" on a connection of its own at every interval, passive by what the
/// loops' connections meet. Health never moves keys: a cache that spills a dead node's keys over its neighbours floods them.
/// </summary>
internal sealed class HealthMonitor(
    PoolManager pools, YarpState yarp, IDestinationHealthUpdater updater, ProxyOptions options, TimeProvider time)
{
    private static readonly TimeSpan Reactivation = TimeSpan.FromSeconds(10);

    private readonly Channel<NodeChange> _changes =
        Channel.CreateBounded<NodeChange>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>Called by the loops; never blocks them.</summary>
    public void Note(NodeChange change) => _changes.Writer.TryWrite(change);

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(PassiveAsync(cancel), ActiveAsync(cancel));

    private async Task PassiveAsync(CancellationToken cancel)
    {
        await foreach (NodeChange change in _changes.Reader.ReadAllAsync(cancel).ConfigureAwait(false))
        {
            if (Destination(change.PoolId, change.NodeId) is ({ } cluster, { } destination))
            {
                DestinationHealth health = change.Connected ? DestinationHealth.Healthy : DestinationHealth.Unhealthy;
                updater.SetPassive(cluster, destination, health, Reactivation);
            }
        }
    }

    private async Task ActiveAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(options.ProbeInterval, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            await Task.WhenAll(pools.Targets().Select(t => ProbeAsync(t.PoolId, t.Target, cancel))).ConfigureAwait(false);
        }
    }

    private async Task ProbeAsync(string poolId, NodeTarget target, CancellationToken cancel)
    {
        bool healthy = await AnswersAsync(target.EndPoint, cancel).ConfigureAwait(false);
        if (Destination(poolId, target.NodeId) is ({ } cluster, { } destination))
        {
            DestinationHealth health = healthy ? DestinationHealth.Healthy : DestinationHealth.Unhealthy;
            updater.SetActive(cluster, [new NewActiveDestinationHealth(destination, health)]);
        }
    }

    private async Task<bool> AnswersAsync(IPEndPoint endpoint, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancel);
        using var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        byte[] reply = new byte["VERSION".Length];
        try
        {
            await socket.ConnectAsync(endpoint, both.Token).ConfigureAwait(false);
            await socket.SendAsync("version\r\n"u8.ToArray(), both.Token).ConfigureAwait(false);
            for (int got = 0; got < reply.Length;)
            {
                int count = await socket.ReceiveAsync(reply.AsMemory(got), both.Token).ConfigureAwait(false);
                if (count == 0)
                {
                    return false;
                }

                got += count;
            }

            return reply.AsSpan().SequenceEqual("VERSION"u8);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return false;
        }
    }

    private (ClusterState? Cluster, DestinationState? Destination) Destination(string poolId, string nodeId)
    {
        ClusterState? cluster = yarp.Find(poolId);
        return (cluster, cluster is not null && cluster.Destinations.TryGetValue(nodeId, out DestinationState? found) ? found : null);
    }
}
