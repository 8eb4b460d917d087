namespace Fleet.Simulation.Pools;

/// <summary>How often each kind of trouble really happened in a simulated pool.</summary>
public sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Every kind, by name.</summary>
    public static IReadOnlyList<string> Kinds { get; } =
    [
        "agent lost", "answer lost", "class", "clamped setting", "clock skew", "command lost", "command refused", "controller failover",
        "diurnal drift", "flash crowd", "late telemetry", "lost telemetry", "lying sensor", "node death", "node return", "slow apply",
    ];

    /// <summary>Counts by kind; a kind that never happened is absent.</summary>
    public IReadOnlyDictionary<string, long> All => _counts;

    /// <summary>How often a kind happened.</summary>
    public long this[string kind] => _counts.GetValueOrDefault(kind);

    /// <summary>One more of a kind.</summary>
    internal void Note(string kind)
    {
        if (!Kinds.Contains(kind))
        {
            throw new ArgumentException($"unknown kind of fault: {kind}", nameof(kind));
        }

        _counts[kind] = this[kind] + 1;
    }

    /// <summary>Adds another pool's counts.</summary>
    public void Add(FaultCounts other)
    {
        ArgumentNullException.ThrowIfNull(other);
        foreach ((string kind, long count) in other._counts)
        {
            _counts[kind] = this[kind] + count;
        }
    }
}
