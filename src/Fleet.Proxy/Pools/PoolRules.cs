namespace Fleet.Proxy.Pools;

/// <summary>Where requests go while a key's owner cannot be used.</summary>
/// <param name="Pool">A pool of its own for this (a gutter); null: the next nodes of this pool, in the key's own order.</param>
/// <param name="MaxTtlSeconds">
/// Longest time to live of what is stored there, 1 to 2,592,000 s: the owner misses these writes, so what stands in must not last.
/// </param>
internal sealed record FailoverRule(string? Pool, int MaxTtlSeconds)
{
    public const int DefaultMaxTtlSeconds = 10;
    public const int LargestTtlSeconds = 2_592_000;
}

/// <summary>After a change of membership or weight, a miss of a moved key is asked of its previous owner and filled in.</summary>
/// <param name="WindowSeconds">Time after a change for which the previous owners are asked, 1 to 86,400 s.</param>
/// <param name="HoldOffMs">Time after a write or delete of a key for which it is not filled in, 0 to 60,000 ms.</param>
internal sealed record WarmUpRule(int WindowSeconds, int HoldOffMs)
{
    public const int DefaultWindowSeconds = 300;
    public const int LongestWindowSeconds = 86_400;
    public const int DefaultHoldOffMs = 2_000;
    public const int LongestHoldOffMs = 60_000;
}

/// <summary>Keys that take an outsized share of a loop's reads are read from several nodes.</summary>
/// <param name="Copies">Nodes that answer for a hot key, its owner included, 2 to 16.</param>
/// <param name="SharePercent">Share of the loop's reads that makes a key hot, 0.1 to 100 %.</param>
/// <param name="MaxTtlSeconds">Longest time to live of a copy, 1 to 3,600 s: other proxies' writes do not reach the copies.</param>
internal sealed record HotKeyRule(int Copies, double SharePercent, int MaxTtlSeconds)
{
    public const int DefaultCopies = 2;
    public const int MostCopies = 16;
    public const double DefaultSharePercent = 5;
    public const int DefaultMaxTtlSeconds = 1;
    public const int LargestTtlSeconds = 3_600;
}

/// <summary>A part of the requests is sent to another pool too; its answers are dropped.</summary>
/// <param name="Pool">The other pool.</param>
/// <param name="Percent">Share of the keys, 0 to 100 %: a key is shadowed always or never, so the other pool sees a consistent part.</param>
internal sealed record ShadowRule(string Pool, double Percent);

/// <summary>Keys that begin with a text belong to another pool; the longest text wins.</summary>
/// <param name="Prefix">1 to 250 bytes.</param>
/// <param name="Pool">The other pool.</param>
internal sealed record PrefixRule(string Prefix, string Pool);

/// <summary>When a node counts as ill, and what follows.</summary>
internal sealed record HealthRule
{
    /// <summary>Failures in a row that eject a node. Range 1 to 1,000; default 3.</summary>
    public int Failures { get; init; } = 3;

    /// <summary>Time for which a node stays ejected, 1 to 3,600 s; default 10. Grows with each ejection in a row, at most tenfold.</summary>
    public int EjectSeconds { get; init; } = 10;

    /// <summary>Most nodes that may be ejected at one time, 0 to 100 % of the pool; default 50. Beyond it illness is everywhere.</summary>
    public int MaxEjectedPercent { get; init; } = 50;

    /// <summary>Time over which a node that joins or returns is brought to its full share of reads, 0 to 3,600 s; default 0.</summary>
    public int SlowStartSeconds { get; init; }

    /// <summary>Time that the connections of a removed l4 server have to end by themselves, 0 to 86,400 s; default 60.</summary>
    public int DrainSeconds { get; init; } = 60;

    /// <summary>Path of the probe of an http pool; default "/".</summary>
    public string Path { get; init; } = "/";
}
