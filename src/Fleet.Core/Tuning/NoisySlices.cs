using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// Finds slices that stand out against the rest of their window. Other tenants of a machine stall it for some milliseconds now and
/// then; a stall in one slice says nothing about the setting, but would decide the window's p99.
/// </summary>
internal static class NoisySlices
{
    // A slice stands out when its share over the SLA is this many standard deviations above the share of the others.
    private const double StandsOut = 4;

    /// <summary>
    /// The slices without those that stand out, at most <paramref name="share"/> of them (and at least one of six or more).
    /// </summary>
    public static IReadOnlyList<TrafficSlice> Without(IReadOnlyList<TrafficSlice> slices, Sla sla, double share)
    {
        int mayDrop = share > 0 && slices.Count >= 6 ? Math.Max(1, (int)(slices.Count * share)) : 0;
        if (mayDrop == 0)
        {
            return slices;
        }

        var kept = slices.Select(s => (Slice: s, Over: s.Latency.CountAboveUs(sla.LatencyUs))).OrderBy(s => Share(s)).ToList();
        while (mayDrop-- > 0)
        {
            (TrafficSlice worst, long over) = kept[^1];
            long restRequests = kept.Take(kept.Count - 1).Sum(s => s.Slice.Requests);
            long restOver = kept.Take(kept.Count - 1).Sum(s => s.Over);
            double expected = worst.Requests * (double)(restOver + 1) / Math.Max(restRequests, 1);
            if (over <= expected + (StandsOut * Math.Sqrt(expected)) + 1)
            {
                break;
            }

            kept.RemoveAt(kept.Count - 1);
        }

        return [.. kept.Select(s => s.Slice)];
    }

    private static double Share((TrafficSlice Slice, long Over) s) => (double)s.Over / Math.Max(s.Slice.Requests, 1);
}
