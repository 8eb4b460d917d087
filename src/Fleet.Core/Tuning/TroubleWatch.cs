using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>Whether a node is in trouble just now: a slice over the SLA, or far over the node's own usual tail.</summary>
internal sealed class TroubleWatch(TunerOptions options)
{
    // Slices of several nodes that belong to one moment arrive within three slices of each other.
    private static readonly TimeSpan Recent = TimeSpan.FromMilliseconds(750);

    private readonly TailBaseline _baseline = new();
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>Starts afresh, after the setting changed.</summary>
    public void Reset()
    {
        _baseline.Reset();
        _last = DateTimeOffset.MinValue;
    }

    /// <summary>Takes a slice of the setting in force.</summary>
    public void Add(TrafficSlice slice, Sla sla, DateTimeOffset now)
    {
        long over = slice.Latency.CountAboveUs(sla.LatencyUs);
        bool unusual = _baseline.Add(slice, sla, options.GuardAlpha);
        if (unusual || TailTest.Breaks(slice.Requests, over, sla.Percentile, options.GuardAlpha))
        {
            _last = now;
        }
    }

    /// <summary>Whether a slice of the last moment was in trouble.</summary>
    public bool InTrouble(DateTimeOffset now) => now - _last <= Recent;
}
