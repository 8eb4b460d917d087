namespace Fleet.Proxy.Routes;

/// <summary>
/// When each key was last written or deleted, shared by all loops: a value read elsewhere before that must not be filled in after it.
/// A slot per hash, so two keys may share one: then a value is not filled in that could have been.
/// </summary>
internal sealed class HoldOff
{
    private const int Slots = 1 << 16;
    private readonly long[] _writtenAt = new long[Slots];

    public void Note(ulong hash, long now) => Volatile.Write(ref _writtenAt[hash % Slots], now);

    /// <summary>Written at a timestamp or later.</summary>
    public bool Since(ulong hash, long timestamp)
    {
        long at = Volatile.Read(ref _writtenAt[hash % Slots]);
        return at != 0 && at >= timestamp;
    }
}
