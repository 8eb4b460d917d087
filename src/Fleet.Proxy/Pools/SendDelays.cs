using System.Collections.Immutable;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Native;

namespace Fleet.Proxy.Pools;

/// <summary>How long requests to a node are gathered; 0 sends them at once.</summary>
internal readonly record struct NodeDelay(string NodeId, TimeSpan Delay);

/// <summary>
/// How long requests to each node are gathered before they leave together: fewer, larger deliveries wake a server less often, whatever
/// its network card can do. A delay is lent: without a renewal in time it ends, so a controller that died leaves no delay behind.
/// </summary>
internal sealed class SendDelays : IDisposable
{
    /// <summary>Longest legal delay; promises of latency are of this order.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);

    private const int MostNodes = 4096;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ProxyEngine _engine;
    private readonly PoolManager _pools;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _oneChange = new(1, 1);
    private readonly Dictionary<(string PoolId, string NodeId), DateTimeOffset> _until = [];
    private readonly ITimer _timer;

    public SendDelays(ProxyEngine engine, PoolManager pools, TimeProvider time)
    {
        (_engine, _pools, _time) = (engine, pools, time);
        _timer = time.CreateTimer(_ => _ = ExpireAsync(), null, Period, Period);
    }

    /// <summary>Puts delays in force on every loop; returns what is in force: 0 where the kernel cannot wait for microseconds.</summary>
    /// <param name="poolId">The pool.</param>
    /// <param name="wanted">Nodes, routed now or later, each with 0 to <see cref="Longest"/>.</param>
    /// <param name="valid">How long without a renewal; <see cref="TimeSpan.MaxValue"/> for ever.</param>
    /// <param name="epoch">Epoch of the controller.</param>
    /// <exception cref="PoolRefusedException">Unknown pool, illegal delay, too many nodes, stale epoch. Nothing changed.</exception>
    public async Task<IReadOnlyList<NodeDelay>> SetAsync(
        string poolId, IReadOnlyList<NodeDelay> wanted, TimeSpan valid, ulong epoch)
    {
        await _oneChange.WaitAsync().ConfigureAwait(false);
        try
        {
            PublishedPool pool = Check(poolId, wanted, epoch);
            NodeDelay[] inForce = [.. wanted.Select(d => Epoll.HasFineWait ? d : d with { Delay = TimeSpan.Zero })];
            foreach (NodeDelay delay in inForce)
            {
                Lend((pool.PoolId, delay.NodeId), delay.Delay, valid);
            }

            await PutAsync(pool, inForce).ConfigureAwait(false);
            return inForce;
        }
        finally
        {
            _oneChange.Release();
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _oneChange.Dispose();
    }

    private PublishedPool Check(string poolId, IReadOnlyList<NodeDelay> wanted, ulong epoch)
    {
        _pools.CheckEpoch(poolId, epoch);
        if (_pools.Published(poolId) is not { } pool)
        {
            throw new PoolRefusedException(stale: false, [$"pool \"{poolId}\" is not served here; configure it first"]);
        }

        List<string> problems = [.. wanted.Where(d => d.Delay < TimeSpan.Zero || d.Delay > Longest).Select(d =>
            $"send delay {d.Delay.TotalMicroseconds:0} us of node \"{d.NodeId}\" is outside 0 to {Longest.TotalMicroseconds:0} us")];
        int nodes = pool.SendDelays.Keys.Union(wanted.Select(d => d.NodeId), StringComparer.Ordinal).Count();
        if (nodes > MostNodes)
        {
            problems.Add($"pool \"{poolId}\" would have send delays for {nodes} nodes; legal is at most {MostNodes}");
        }

        return problems.Count == 0 ? pool : throw new PoolRefusedException(stale: false, problems);
    }

    private void Lend((string PoolId, string NodeId) node, TimeSpan delay, TimeSpan valid)
    {
        if (delay == TimeSpan.Zero || valid == TimeSpan.MaxValue)
        {
            _until.Remove(node);
        }
        else
        {
            _until[node] = _time.GetUtcNow() + valid;
        }
    }

    private Task PutAsync(PublishedPool pool, IEnumerable<NodeDelay> delays)
    {
        ImmutableDictionary<string, TimeSpan>.Builder next = pool.SendDelays.ToBuilder();
        foreach (NodeDelay delay in delays)
        {
            if (delay.Delay == TimeSpan.Zero)
            {
                next.Remove(delay.NodeId);
            }
            else
            {
                next[delay.NodeId] = delay.Delay;
            }
        }

        ImmutableDictionary<string, TimeSpan> published = next.ToImmutable();
        return ReferenceEquals(published, pool.SendDelays) ? Task.CompletedTask : _engine.DelaySendsAsync(pool, published);
    }

    private async Task ExpireAsync()
    {
        if (!await _oneChange.WaitAsync(0).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            DateTimeOffset now = _time.GetUtcNow();
            foreach (((string poolId, string nodeId), DateTimeOffset until) in _until.Where(u => u.Value <= now).ToList())
            {
                _until.Remove((poolId, nodeId));
                if (_pools.Published(poolId) is { } pool)
                {
                    await PutAsync(pool, [new NodeDelay(nodeId, TimeSpan.Zero)]).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            _oneChange.Release();
        }
    }
}
