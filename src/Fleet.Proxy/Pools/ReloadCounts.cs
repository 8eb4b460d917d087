namespace Fleet.Proxy.Pools;

/// <summary>How often the pools file was read again, by what came of it. Thread-safe.</summary>
internal sealed class ReloadCounts
{
    private long _accepted;
    private long _refused;

    /// <summary>Reloads that were put in force.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Reloads that were refused; the last good pools stayed in force.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    public void Count(bool accepted) => Interlocked.Increment(ref accepted ? ref _accepted : ref _refused);
}
