using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning.Forecasts;

/// <summary>
/// Forecasts a node's load a few minutes ahead from its slices: by the model with the lower error over the last 24 hours, by the
/// seasonal-naïve one while both are equal or unknown. Says nothing before it has seen a day and an hour. A gap is filled with the
/// load before it; one longer than an hour starts the past afresh.
/// </summary>
internal sealed class LoadForecaster(int horizonMinutes)
{
    private const long LongestGap = 60;
    private ScoredModel[] _models = Models(horizonMinutes);
    private long? _minute;
    private double _requests;
    private double _seconds;

    /// <summary>Name of the model that is used.</summary>
    public string ModelName { get; private set; } = "seasonal-naive";

    /// <summary>Takes a slice; one from an earlier minute than the present is left out.</summary>
    public void Add(TrafficSlice slice)
    {
        long minute = slice.Start.UtcTicks / TimeSpan.TicksPerMinute;
        if (!(slice.Duration > TimeSpan.Zero) || minute < _minute)
        {
            return;
        }

        if (_minute is { } open && minute > open)
        {
            Close(minute - open);
        }

        _minute = minute;
        _requests += slice.Requests;
        _seconds += slice.Duration.TotalSeconds;
    }

    /// <summary>
    /// The largest load forecast for the minutes up to the horizon, requests per second; null until the past is long enough.
    /// </summary>
    public double? PeakQps { get; private set; }

    private static ScoredModel[] Models(int horizon) => [new(new SeasonalNaive(), horizon), new(new HoltWinters(), horizon)];

    private void Close(long passed)
    {
        if (passed > LongestGap)
        {
            _models = Models(horizonMinutes);
        }

        double qps = _requests / _seconds;
        for (long i = 0; i < Math.Min(passed, LongestGap); i++)
        {
            foreach (ScoredModel model in _models)
            {
                model.Add(qps);
            }
        }

        (_requests, _seconds) = (0, 0);
        ILoadModel best = _models.MinBy(m => m.Error ?? double.MaxValue)!.Model;
        ModelName = best.Name;
        PeakQps = Enumerable.Range(1, horizonMinutes).Max(best.Ahead);
    }
}
