using System.Collections.Concurrent;

namespace Fleet.Controller.Grains;

/// <summary>One wish; a later wish of the same delay is another one, so that its answer is not mistaken for the earlier one's.</summary>
internal sealed record SendDelayWish(SendDelay Delay, long Version);

/// <summary>How long requests to each node are to be gathered. An ended wish stays until proxies have been told "at once".</summary>
internal sealed class SendDelayWishes
{
    private readonly ConcurrentDictionary<(string PoolId, string NodeId), SendDelayWish> _wishes = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version;

    /// <summary>Every wish as it is now.</summary>
    public ICollection<SendDelayWish> All => _wishes.Values;

    /// <summary>Whether there is anything to renew.</summary>
    public bool Any => !_wishes.IsEmpty;

    /// <summary>Completes when a proxy answered, came or went.</summary>
    public Task News => Volatile.Read(ref _news).Task;

    /// <summary>Replaces the node's wish.</summary>
    public SendDelayWish Set(SendDelay delay)
    {
        var wish = new SendDelayWish(delay, Interlocked.Increment(ref _version));
        _wishes[(delay.PoolId, delay.NodeId)] = wish;
        return wish;
    }

    /// <summary>Requests to the node leave at once; false when they did already.</summary>
    public bool End(string poolId, string nodeId)
    {
        if (!_wishes.TryGetValue((poolId, nodeId), out SendDelayWish? wish) || wish.Delay.DelayUs == 0)
        {
            return false;
        }

        Set(wish.Delay with { DelayUs = 0 });
        return true;
    }

    /// <summary>Forgets a node that left: there is nothing to delay.</summary>
    public void Remove(string poolId, string nodeId) => _wishes.TryRemove((poolId, nodeId), out _);

    /// <summary>Forgets a pool.</summary>
    public void RemovePool(string poolId)
    {
        foreach ((string PoolId, string NodeId) key in _wishes.Keys.Where(k => k.PoolId == poolId))
        {
            _wishes.TryRemove(key, out _);
        }
    }

    /// <summary>Wakes those who wait for an answer.</summary>
    public void Tell() =>
        Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
