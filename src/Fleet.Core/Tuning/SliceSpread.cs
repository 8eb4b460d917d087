using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// The error of a window's percentile from how much its slices disagree. The error by order statistics takes requests for independent;
/// a burst of noise delays thousands together, and then only the slices are independent of each other.
/// </summary>
internal static class SliceSpread
{
    // Requests beyond the percentile below which a slice has no percentile to speak of.
    private const double LeastTail = 3;
    private const int LeastSlices = 4;

    // Both errors estimate the same thing in calm weather; up to this ratio the difference is their own error.
    private const double Overdispersed = 2;

    /// <summary>The larger of the error by order statistics and, where the slices disagree by far more, the error by slices.</summary>
    public static double LogError(IReadOnlyList<TrafficSlice> slices, double percentile, double byOrder)
    {
        if (slices.Count < LeastSlices)
        {
            return byOrder;
        }

        double[] tails = [.. slices
            .Where(s => s.Requests * TailTest.Allowed(percentile) >= LeastTail)
            .Select(s => Math.Log(s.Latency.PercentileUs(percentile)))
            .Where(double.IsFinite)];
        if (tails.Length < LeastSlices)
        {
            return byOrder;
        }

        double mean = tails.Average();
        double variance = tails.Sum(t => (t - mean) * (t - mean)) / (tails.Length - 1);
        double bySlices = Math.Sqrt(variance / tails.Length);
        return bySlices > Overdispersed * byOrder ? bySlices : byOrder;
    }
}
