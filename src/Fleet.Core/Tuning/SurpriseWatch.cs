using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>
/// Compares held windows with the model's prediction; two contradictions in a row say that the server has changed in a way that its
/// load does not explain (event-triggered reset, arXiv 2208.10790).
/// </summary>
internal sealed class SurpriseWatch(TunerOptions options)
{
    // Run-to-run effects that no window's own error shows: 1.2 % of power and 3 % of the percentile.
    private const double WattsFloor = 0.012;
    private const double PercentileFloor = 0.03;

    private int _inARow;
    private DateTimeOffset _next;

    /// <summary>Whether a comparison is due; it costs one fit of the model.</summary>
    public bool Due(DateTimeOffset now) => now >= _next;

    /// <summary>Takes a window and its prediction; the larger |z| and whether it is the second surprise in a row.</summary>
    public (double Z, bool Twice) Compare(MeasuredWindow window, SettingPrediction prediction, DateTimeOffset now, double sharers = 1)
    {
        _next = now + (options.ModelCheckInterval * sharers);
        double zWatts = window.Watts is { } watts
            ? Z(watts, prediction.Watts, prediction.WattsSd, Math.Max(window.WattsSd, WattsFloor))
            : 0;
        double zTail = Z(
            window.SteadyPercentileUs, prediction.PercentileUs, prediction.PercentileSd, Math.Max(window.PercentileSd, PercentileFloor));
        double z = Math.Abs(zWatts) > Math.Abs(zTail) ? zWatts : zTail;
        _inARow = Math.Abs(z) > options.SurpriseZ ? _inARow + 1 : 0;
        return (z, _inARow >= 2);
    }

    /// <summary>Starts afresh.</summary>
    public void Reset(DateTimeOffset now)
    {
        _inARow = 0;
        _next = now + options.ModelCheckInterval;
    }

    private static double Z(double seen, double expected, double modelSd, double windowSd) =>
        seen > 0 && expected > 0 ? Math.Log(seen / expected) / Math.Sqrt((modelSd * modelSd) + (windowSd * windowSd)) : 0;
}
