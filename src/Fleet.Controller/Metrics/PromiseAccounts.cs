using Fleet.Controller.Grains;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Metrics;

/// <summary>The promises of all pools, counted from the proxies' slices. Safe from any thread.</summary>
/// <param name="promise">Percentile and latency (microseconds) that a pool promises now; null for an unknown pool.</param>
/// <param name="time">Clock.</param>
internal sealed class PromiseAccounts(Func<string, (double Percentile, double LatencyUs)?> promise, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, PromiseAccount> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _lastSlice = new(StringComparer.Ordinal);

    /// <summary>Takes what one proxy saw.</summary>
    public void Take(string proxyId, IReadOnlyList<NodeSlice> slices)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            _lastSlice[proxyId] = time.GetTimestamp();
            foreach (NodeSlice slice in slices)
            {
                if (promise(slice.PoolId) is not { } promised)
                {
                    continue;
                }

                if (!_pools.TryGetValue(slice.PoolId, out PromiseAccount? pool))
                {
                    _pools[slice.PoolId] = pool = new PromiseAccount();
                }

                TrafficSlice s = slice.Slice;
                pool.Add(now, s.Requests, Math.Min(s.Requests, s.Latency.CountAboveUs(promised.LatencyUs) + s.Errors), s.Errors);
            }
        }
    }

    /// <summary>Reads one pool's account; the fallback when nothing was reported of it.</summary>
    public T Read<T>(string poolId, Func<PromiseAccount, T> read, T fallback)
    {
        lock (_gate)
        {
            return _pools.TryGetValue(poolId, out PromiseAccount? pool) ? read(pool) : fallback;
        }
    }

    /// <summary>Time since the proxy's last slice; null when it never sent one.</summary>
    public TimeSpan? SliceLag(string proxyId)
    {
        lock (_gate)
        {
            return _lastSlice.TryGetValue(proxyId, out long at) ? time.GetElapsedTime(at) : null;
        }
    }

    /// <summary>Forgets pools and proxies that are gone.</summary>
    public void Keep(IReadOnlySet<string> pools, IReadOnlySet<string> proxies)
    {
        lock (_gate)
        {
            foreach (string gone in _pools.Keys.Where(p => !pools.Contains(p)).ToList())
            {
                _pools.Remove(gone);
            }

            foreach (string gone in _lastSlice.Keys.Where(p => !proxies.Contains(p)).ToList())
            {
                _lastSlice.Remove(gone);
            }
        }
    }
}
