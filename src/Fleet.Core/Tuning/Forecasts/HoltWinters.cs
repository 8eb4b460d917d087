namespace Fleet.Core.Tuning.Forecasts;

/// <summary>
/// Triple exponential smoothing with a multiplicative season of 1,440 minutes (Winters, "Forecasting sales by exponentially weighted
/// moving averages", Management Science 1960). The first day gives the season and the level; the trend starts at zero.
/// </summary>
internal sealed class HoltWinters : ILoadModel
{
    private const int Day = 1440;

    // The level follows with a time constant of 10 min, as far as it forecasts; the trend with 100 min; the season with 4 days.
    private const double LevelGain = 0.1;
    private const double TrendGain = 0.01;
    private const double SeasonGain = 0.25;

    // An idle minute must not make the season's factor, which is divided by, vanish.
    private const double LeastFactor = 0.01;

    private readonly double[] _season = new double[Day];
    private double _level;
    private double _trend;
    private long _count;

    /// <inheritdoc/>
    public string Name => "holt-winters";

    /// <inheritdoc/>
    public void Add(double qps)
    {
        int phase = (int)(_count++ % Day);
        if (_count <= Day)
        {
            _season[phase] = qps;
            if (_count == Day)
            {
                Begin();
            }

            return;
        }

        double before = _level;
        _level = (LevelGain * qps / _season[phase]) + ((1 - LevelGain) * Math.Max(_level + _trend, 0));
        _trend = (TrendGain * (_level - before)) + ((1 - TrendGain) * _trend);
        if (_level > 0)
        {
            _season[phase] = Math.Max((SeasonGain * qps / _level) + ((1 - SeasonGain) * _season[phase]), LeastFactor);
        }
    }

    /// <inheritdoc/>
    public double? Ahead(int minutes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minutes, 1);
        return _count < Day ? null : Math.Max(_level + (minutes * _trend), 0) * _season[(_count + minutes - 1) % Day];
    }

    private void Begin()
    {
        _level = _season.Average();
        for (int i = 0; i < Day; i++)
        {
            _season[i] = _level > 0 ? Math.Max(_season[i] / _level, LeastFactor) : 1;
        }
    }
}
