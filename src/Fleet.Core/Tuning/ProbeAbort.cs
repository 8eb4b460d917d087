using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>Ends a probe that breaks the SLA before its window is over: a bad probe costs half a second, not a window.</summary>
internal sealed class ProbeAbort(TunerOptions options)
{
    private int _inARow;

    /// <summary>Why the probe must end; null while it may go on.</summary>
    public string? Reason { get; private set; }

    /// <summary>Starts a new probe.</summary>
    public void Reset()
    {
        _inARow = 0;
        Reason = null;
    }

    /// <summary>Takes a slice of the probe's window.</summary>
    public void Add(TrafficSlice slice, Sla sla)
    {
        long over = slice.Latency.CountAboveUs(sla.LatencyUs);
        bool breaks = TailTest.Breaks(slice.Requests, over, sla.Percentile, options.AbortAlpha);
        _inARow = breaks ? _inARow + 1 : 0;
        double share = slice.Requests == 0 ? 0 : (double)over / slice.Requests;
        if (breaks && share >= Math.Max(options.CertainShare, 3 * TailTest.Allowed(sla.Percentile)))
        {
            Reason = $"{share:P0} of one slice's requests are over {sla.LatencyUs:0} µs";
        }
        else if (_inARow >= 2)
        {
            Reason = $"two slices in a row over {sla.LatencyUs:0} µs ({share:P1} of the last one's requests)";
        }
    }
}
