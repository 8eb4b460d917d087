using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// A node's load: moving average of requests per second with the standard error that counting brings. Poisson counts of a quiet node
/// wander by more than a load band, so a band is left only beyond <c>band + 4 standard errors</c>.
/// </summary>
internal sealed class LoadTracker(TunerOptions options)
{
    private const double Confidence = 4;
    private int _slicesAbove;
    private DateTimeOffset? _belowSince;
    private double _weight;

    /// <summary>Requests per second, moving average; 0 before the first slice.</summary>
    public double Qps { get; private set; }

    /// <summary>Standard error of ln(<see cref="Qps"/>).</summary>
    public double LogError { get; private set; } = 1;

    /// <summary>Slices seen since the start.</summary>
    public long Slices { get; private set; }

    /// <summary>Takes a slice, with the load that the present setting is verified for (0: none).</summary>
    public void Add(TrafficSlice slice, double verifiedQps)
    {
        double seconds = slice.Duration.TotalSeconds;
        if (!(seconds > 0))
        {
            return;
        }

        double alpha = 1 - Math.Exp(-seconds / options.LoadTimeConstant.TotalSeconds);
        double rate = slice.Requests / seconds;

        // The first slices count by their number, so that the average is not pulled to where it began.
        _weight = (_weight * (1 - alpha)) + alpha;
        double step = Math.Min(alpha / _weight, 1);
        Qps += step * (rate - Qps);
        LogError = Math.Sqrt(Math.Max(step / (2 - step), 0.02) / Math.Max(Qps * seconds, 1));
        Slices++;
        Watch(slice.Start + slice.Duration, verifiedQps);
    }

    /// <summary>Whether the load has been above the verified band for two slices.</summary>
    public bool AboveBand => _slicesAbove >= 2;

    /// <summary>Whether the load has been below the verified band for the hold time.</summary>
    public bool BelowBand(DateTimeOffset now) => _belowSince is { } since && now - since >= options.LoadDownHold;

    /// <summary>Starts the band's count again, after the verified load changed.</summary>
    public void Rebase()
    {
        _slicesAbove = 0;
        _belowSince = null;
    }

    private void Watch(DateTimeOffset at, double verifiedQps)
    {
        if (verifiedQps <= 0 || Qps <= 0)
        {
            Rebase();
            return;
        }

        double change = Math.Log(Qps / verifiedQps);
        double slack = options.LoadBand + (Confidence * LogError);
        _slicesAbove = change > slack ? _slicesAbove + 1 : 0;
        _belowSince = change < -slack ? _belowSince ?? at : null;
    }
}
