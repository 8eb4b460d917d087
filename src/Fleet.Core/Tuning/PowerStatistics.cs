namespace Fleet.Core.Tuning;

/// <summary>Mean power of some readings with its error.</summary>
internal static class PowerStatistics
{
    // A reading this far from the median of its window is a glitch of the sensor, not a load.
    private const double GlitchFactor = 5;

    /// <summary>
    /// Time-weighted mean in watts and the standard error of its logarithm, from the readings' spread; null without readings.
    /// </summary>
    public static (double? Watts, double LogError) MeanAndLogError(IReadOnlyList<(double Watts, double Seconds)> readings)
    {
        if (readings.Count == 0)
        {
            return (null, 0);
        }

        double median = readings.Select(r => r.Watts).Order().ElementAt(readings.Count / 2);
        var kept = readings.Where(r => r.Watts <= median * GlitchFactor && r.Watts >= median / GlitchFactor).ToList();
        double seconds = kept.Sum(r => r.Seconds);
        double mean = kept.Sum(r => r.Watts * r.Seconds) / seconds;
        if (kept.Count < 2)
        {
            return (mean, 0);
        }

        double variance = kept.Sum(r => (r.Watts - mean) * (r.Watts - mean)) / (kept.Count - 1);
        return (mean, Math.Sqrt(variance / kept.Count) / mean);
    }
}
