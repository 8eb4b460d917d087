using System.Collections.Immutable;
using System.Net;
using Fleet.Proxy.Native;
using Fleet.Proxy.Tunnels;

namespace Fleet.Proxy.Engine;

/// <summary>The data plane: the loops and what can be asked of all of them together. Thread-safe.</summary>
internal sealed partial class ProxyEngine : IAsyncDisposable
{
    private readonly EventLoop[] _loops;
    private readonly Thread[] _threads;
    private readonly EngineShared _shared;
    private readonly TimeProvider _time;
    private readonly EngineLimits _limits;

    public ProxyEngine(int loops, EngineLimits limits, TimeProvider time, Action<NodeChange> onNodeChange, Action onDescriptorsExhausted)
    {
        (_time, _limits) = (time, limits);
        _shared = new EngineShared(time, onNodeChange, onDescriptorsExhausted);
        _loops = [.. Enumerable.Range(0, loops).Select(i => new EventLoop(limits, _shared, time) { Index = i })];
        _shared.AnswerStats = AnswerStats;
        _shared.Loops = [.. _loops.Select(l => l.Counters)];
        _threads = [.. _loops.Select((l, i) => new Thread(l.Run) { Name = $"fleet-loop-{i}", IsBackground = true })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Client connections open now.</summary>
    public int Connections => _shared.Connections;

    public IReadOnlyList<LoopCounters> Counters => _shared.Loops;

    /// <summary>Adds a pool with its listening sockets, one per loop on one port; without an address only other pools lead to it.</summary>
    /// <exception cref="IOException">The address cannot be bound, for example because its port is in use.</exception>
    public async Task<PublishedPool> ListenAsync(string poolId, IPEndPoint? endpoint, bool tunnels = false)
    {
        if (endpoint is null)
        {
            return await AddAsync(new PublishedPool(poolId, null), []).ConfigureAwait(false);
        }

        if (_inherit(poolId, endpoint) is { Count: > 0 } inherited)
        {
            return await InheritAsync(poolId, inherited, endpoint.AddressFamily, tunnels).ConfigureAwait(false);
        }

        // SO_REUSEPORT would share the port with a stranger's proxy of the same user; a socket without it refuses that.
        int probe = SocketCalls.Listen(endpoint, reusePort: false);
        IPEndPoint bound = SocketCalls.LocalEndPoint(probe, endpoint.AddressFamily);
        _ = Libc.Close(probe);
        var fds = new List<int>();
        try
        {
            foreach (EventLoop _ in _loops)
            {
                fds.Add(SocketCalls.Listen(bound, reusePort: true));
            }
        }
        catch (IOException)
        {
            fds.ForEach(fd => Libc.Close(fd));
            throw;
        }

        return await AddAsync(new PublishedPool(poolId, bound, isTunnel: tunnels), fds).ConfigureAwait(false);
    }

    /// <summary>Publishes a snapshot; returns when every loop serves by it.</summary>
    public Task ApplyAsync(PublishedPool pool, PoolSnapshot snapshot)
    {
        pool.Current = snapshot;
        return OnEveryLoopAsync((loop, _) =>
        {
            if (loop.Pools.TryGetValue(pool.PoolId, out LoopPool? here))
            {
                here.Refresh();
            }

            return true;
        });
    }

    /// <summary>Publishes how long requests to each node are gathered; returns when every loop does so.</summary>
    public Task DelaySendsAsync(PublishedPool pool, ImmutableDictionary<string, TimeSpan> delays)
    {
        pool.SendDelays = delays;
        return OnEveryLoopAsync((loop, _) =>
        {
            if (loop.Pools.TryGetValue(pool.PoolId, out LoopPool? here))
            {
                here.TakeSendDelays();
            }

            return true;
        });
    }

    /// <summary>Stops listening for a pool; its clients leave after their last reply and its nodes' connections drain.</summary>
    public Task RemoveAsync(string poolId)
    {
        RemoveFront(poolId);
        return OnEveryLoopAsync((loop, _) =>
        {
            if (loop.Pools.Remove(poolId, out LoopPool? pool))
            {
                Retire(loop, pool);
            }

            return true;
        });
    }

    /// <summary>What the loops counted since the last call. One caller at a time, done with the previous result.</summary>
    public async Task<List<NodeReport>> CollectAsync()
    {
        List<NodeReport>[] reports = await OnEveryLoopAsync((loop, _) =>
        {
            List<NodeReport> mine =
            [
                .. loop.NodeConnections.Select(n => Report(n, n.Ledger.Collect())),
                .. loop.Pools.Values.Select(p => p.Tunnels).OfType<TunnelPool>().SelectMany(t => t.Collect()),
            ];
            loop.ForgetGone();
            return mine;
        }).ConfigureAwait(false);
        return [.. reports.SelectMany(r => r)];
    }

    /// <summary>State of every node connection.</summary>
    public async Task<List<NodeReport>> StatusAsync()
    {
        List<NodeReport>[] reports = await OnEveryLoopAsync((loop, _) =>
            loop.NodeConnections.Where(n => !n.IsGone).Select(n => Report(n, null)).ToList()).ConfigureAwait(false);
        return [.. reports.SelectMany(r => r)];
    }

    public async ValueTask DisposeAsync()
    {
        CutFronts();
        await OnEveryLoopAsync((loop, _) =>
        {
            loop.Exit();
            return true;
        }).ConfigureAwait(false);
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        foreach (EventLoop loop in _loops)
        {
            loop.Dispose();
        }
    }

    private async Task<PublishedPool> AddAsync(PublishedPool published, List<int> listeners)
    {
        await OnEveryLoopAsync((loop, index) =>
        {
            var pool = new LoopPool(loop, published);
            if (published.IsTunnel)
            {
                pool.OpenTunnels();
            }

            loop.Pools.Add(published.PoolId, pool);
            if (listeners.Count > 0)
            {
                loop.Listen(listeners[index], pool);
            }

            return true;
        }).ConfigureAwait(false);
        return published;
    }

    private static void Retire(EventLoop loop, LoopPool pool)
    {
        CloseListener(loop, pool);
        pool.Retire();
    }

    private static void CloseListener(EventLoop loop, LoopPool pool)
    {
        foreach (Listener listener in pool.Listeners.Where(l => l.Fd >= 0))
        {
            loop.Unregister(listener);
        }

        pool.Listeners.Clear();
    }

    private static NodeReport Report(NodeConnection node, NodeTraffic? traffic) =>
        new(node.PoolId, node.Target.NodeId, node.IsConnected, node.InFlight, node.LastError, traffic)
        {
            Address = node.Target.Address,
            Reachable = node.IsUsable,
        };

    private Task<T[]> OnEveryLoopAsync<T>(Func<EventLoop, int, T> action) => Task.WhenAll(_loops.Select((loop, index) =>
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            try
            {
                done.SetResult(action(loop, index));
            }
#pragma warning disable CA1031 // The loop must live; the caller gets the failure.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        });
        return done.Task;
    }));
}
