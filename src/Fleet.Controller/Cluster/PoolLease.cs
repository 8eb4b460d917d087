namespace Fleet.Controller.Cluster;

/// <summary>
/// The right to act for one pool, as its holder sees it: an epoch, and a deadline on the holder's own monotonic clock. The holder's view
/// is never longer than the store's: the deadline counts from before the renewal was sent.
/// </summary>
/// <param name="poolId">The pool.</param>
/// <param name="epoch">Fencing epoch: greater than that of every earlier lease of any pool.</param>
/// <param name="time">The monotonic clock.</param>
internal sealed class PoolLease(string poolId, ulong epoch, TimeProvider time)
{
    private long _deadline = long.MinValue;
    private volatile bool _ended;

    /// <summary>The pool.</summary>
    public string PoolId { get; } = poolId;

    /// <summary>The fencing epoch that every write and command of the holder carries.</summary>
    public ulong Epoch { get; } = epoch;

    /// <summary>Whether the holder may act now.</summary>
    public bool Held => !_ended && time.GetTimestamp() < Volatile.Read(ref _deadline);

    /// <summary>A lease that never ends: the store has one controller.</summary>
    public static PoolLease Permanent(string poolId, ulong epoch, TimeProvider time) => new(poolId, epoch, time) { _deadline = long.MaxValue };

    /// <summary>The store granted or renewed the lease.</summary>
    /// <param name="askedAt">Timestamp taken before the store was asked.</param>
    /// <param name="length">What the store granted.</param>
    public void Extend(long askedAt, TimeSpan length) =>
        Volatile.Write(ref _deadline, askedAt + (long)(length.TotalSeconds * time.TimestampFrequency));

    /// <summary>The lease is over for its holder for good, whatever the store says.</summary>
    public void End() => _ended = true;
}
