using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// Trips when two slices in a row are significantly over the SLA: one noisy slice condemns nobody, a bad setting goes at once.
/// </summary>
internal sealed class SliceGuard(TunerOptions options)
{
    private int _inARow;

    /// <summary>Whether the guard has tripped.</summary>
    public bool Tripped => _inARow >= 2;

    /// <summary>
    /// Whether even trouble that every node has at once has lasted too long to be waited for: a passing burst is over by then, and what
    /// stays is left without asking whose fault it is.
    /// </summary>
    public bool TrippedForLong => _inARow >= options.CommonTroubleSlices;

    /// <summary>Takes a slice.</summary>
    public void Add(TrafficSlice slice, Sla sla)
    {
        // A slice with too few requests to be over proves nothing either way and leaves the count as it is.
        if (slice.Requests * TailTest.Allowed(sla.Percentile) < 0.03)
        {
            return;
        }

        long over = slice.Latency.CountAboveUs(sla.LatencyUs);
        _inARow = TailTest.Breaks(slice.Requests, over, sla.Percentile, options.GuardAlpha) ? _inARow + 1 : 0;
    }

    /// <summary>Starts afresh, after the setting changed.</summary>
    public void Reset() => _inARow = 0;
}
