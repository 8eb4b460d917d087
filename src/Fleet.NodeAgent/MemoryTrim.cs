namespace Fleet.NodeAgent;

/// <summary>
/// Gives memory back to the host that the agent guests on. An idle .NET process keeps what its start needed, because a collection comes
/// with allocations, of which an agent makes few: one compaction after the start and one every five minutes cost some milliseconds.
/// </summary>
internal sealed class MemoryTrim(TimeProvider time)
{
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(5);

    private readonly long _started = time.GetTimestamp();
    private TimeSpan _next = AfterStart;

    /// <summary>Called from time to time; collects when it is due.</summary>
    internal void Tick()
    {
        TimeSpan now = time.GetElapsedTime(_started);
        if (now >= _next)
        {
            _next = now + Interval;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }
    }
}
