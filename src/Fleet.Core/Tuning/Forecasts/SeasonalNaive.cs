namespace Fleet.Core.Tuning.Forecasts;

/// <summary>
/// The same minute yesterday times the ratio of the last hour to the same hour yesterday. "As yesterday" is as good as learned models
/// for most servers (Poppe et al., "Seagull", VLDB 2021).
/// </summary>
internal sealed class SeasonalNaive : ILoadModel
{
    private const int Day = 1440;
    private const int Hour = 60;
    private readonly double[] _minutes = new double[Day + Hour];
    private long _count;

    /// <inheritdoc/>
    public string Name => "seasonal-naive";

    /// <inheritdoc/>
    public void Add(double qps) => _minutes[_count++ % _minutes.Length] = qps;

    /// <inheritdoc/>
    public double? Ahead(int minutes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minutes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minutes, Day);
        if (_count < Day + Hour)
        {
            return null;
        }

        double today = 0;
        double yesterday = 0;
        for (int back = 0; back < Hour; back++)
        {
            today += At(_count - 1 - back);
            yesterday += At(_count - 1 - back - Day);
        }

        double ratio = yesterday > 0 ? today / yesterday : 1;
        return At(_count - 1 - Day + minutes) * ratio;
    }

    private double At(long minute) => _minutes[minute % _minutes.Length];
}
