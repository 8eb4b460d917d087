using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// What a node's tail usually is under the setting in force, and whether the last slice stands out from it. A node in trouble by its own
/// measure is a witness: when the others are too, the trouble is the machine's or the network's and not a setting's.
/// </summary>
internal sealed class TailBaseline
{
    // Six seconds of slices: long enough that a burst is the minority, short enough to follow a drift of the load.
    private const int Kept = 24;

    // Two seconds of slices before anything is called unusual.
    private const int Least = 8;

    // A tail this much longer than usual is no accident of counting (the count is tested as well) and no drift.
    private const double StandsOut = 1.5;

    private readonly Queue<double> _percentiles = new();

    /// <summary>Starts afresh, after the setting changed.</summary>
    public void Reset() => _percentiles.Clear();

    /// <summary>Takes a slice; whether its tail is significantly longer than usual.</summary>
    public bool Add(TrafficSlice slice, Sla sla, double alpha)
    {
        double percentileUs = slice.Latency.PercentileUs(sla.Percentile);
        if (slice.Requests == 0 || !(percentileUs > 0))
        {
            return false;
        }

        bool unusual = _percentiles.Count >= Least
            && TailTest.Breaks(slice.Requests, slice.Latency.CountAboveUs(StandsOut * Median()), sla.Percentile, alpha);
        _percentiles.Enqueue(percentileUs);
        if (_percentiles.Count > Kept)
        {
            _percentiles.Dequeue();
        }

        return unusual;
    }

    private double Median() => _percentiles.Order().ElementAt(_percentiles.Count / 2);
}
