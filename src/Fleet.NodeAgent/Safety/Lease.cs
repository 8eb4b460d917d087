namespace Fleet.NodeAgent.Safety;

/// <summary>
/// Who is still out there: a controller that renews. Times are from one monotonic clock. Without a renewal a probe ends when the lease
/// does; a settled setting stays and relaxes to the originals much later (static stability), at a jittered time.
/// </summary>
internal sealed class Lease
{
    internal static readonly TimeSpan Default = TimeSpan.FromSeconds(30);
    internal static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    private readonly TimeSpan _relaxAfter;
    private readonly Random _jitter;
    private TimeSpan _expires;
    private TimeSpan _relaxes;

    internal Lease(TimeSpan relaxAfter, int seed)
    {
        _relaxAfter = relaxAfter;
        _jitter = new Random(seed);
    }

    /// <summary>Hears from the controller now.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="length">Asked lease; zero means the default.</param>
    internal void Renew(TimeSpan now, TimeSpan length)
    {
        _expires = now + (length == TimeSpan.Zero ? Default : length);
        _relaxes = now + (_relaxAfter * (0.5 + _jitter.NextDouble()));
    }

    /// <summary>Time until a probe ends by itself; 0 when it has.</summary>
    internal TimeSpan Left(TimeSpan now) => now >= _expires ? TimeSpan.Zero : _expires - now;

    /// <summary>Whether a probe has outlived its controller.</summary>
    internal bool Expired(TimeSpan now) => now >= _expires;

    /// <summary>Whether a settled setting has.</summary>
    internal bool Relaxes(TimeSpan now) => now >= _relaxes;

    /// <summary>A problem with an asked lease, or null.</summary>
    internal static string? Check(TimeSpan length) => length == TimeSpan.Zero || (length >= Shortest && length <= Longest)
        ? null
        : $"lease {length.TotalMilliseconds:0} ms out of range; "
            + $"legal: {Shortest.TotalMilliseconds:0} to {Longest.TotalMilliseconds:0} ms, or 0 for {Default.TotalMilliseconds:0}";
}
