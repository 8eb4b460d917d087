namespace Fleet.Proxy.Pools;

/// <summary>A change of a pool that is not carried out; what was in force stays.</summary>
internal sealed class PoolRefusedException(bool stale, IReadOnlyList<string> problems) : Exception(string.Join("; ", problems))
{
    /// <summary>The sender is not the pool's controller any more.</summary>
    public bool Stale { get; } = stale;

    public IReadOnlyList<string> Problems { get; } = problems;
}
