using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>
/// Finds a lasting shift of the load that is too small to leave the band: the mean rate of each <see cref="TunerOptions.DriftSample"/>,
/// as ln, against the mean and the spread of the first samples of the hold, on a <see cref="CusumChart"/>.
/// </summary>
internal sealed class DriftWatch(TunerOptions options)
{
    // Samples that say what the load is when it does not drift.
    private const int Reference = 10;

    // Spread that a load is given at least, as a share of the band: a shift below an eighth of the band is never worth a search.
    private const double LeastSpread = 0.25;

    private readonly CusumChart _chart = new(options.DriftSlack, options.DriftLimit > 0 ? options.DriftLimit : double.MaxValue);
    private readonly List<double> _reference = [];
    private double _mean;
    private double _spread;
    private double _seconds;
    private long _requests;

    /// <summary>What was found, for people; null while the load stays where it was.</summary>
    public string? Drift { get; private set; }

    /// <summary>Takes a slice of the held node's traffic.</summary>
    public void Add(TrafficSlice slice)
    {
        if (!(slice.Duration > TimeSpan.Zero) || options.DriftLimit <= 0)
        {
            return;
        }

        _seconds += slice.Duration.TotalSeconds;
        _requests += slice.Requests;
        if (_seconds < options.DriftSample.TotalSeconds)
        {
            return;
        }

        double rate = _requests / _seconds;
        (_seconds, _requests) = (0, 0);
        if (rate > 0)
        {
            AddSample(Math.Log(rate), 1 / Math.Sqrt(rate * options.DriftSample.TotalSeconds));
        }
    }

    /// <summary>Starts afresh: another setting, another verified load, or a drift that was acted upon.</summary>
    public void Reset()
    {
        _reference.Clear();
        _chart.Reset();
        (_seconds, _requests) = (0, 0);
        Drift = null;
    }

    private void AddSample(double logRate, double countingError)
    {
        if (_reference.Count < Reference)
        {
            _reference.Add(logRate);
            if (_reference.Count == Reference)
            {
                _mean = _reference.Average();
                double variance = _reference.Sum(x => (x - _mean) * (x - _mean)) / (Reference - 1);
                _spread = Math.Max(Math.Sqrt(variance), Math.Max(LeastSpread * options.LoadBand, countingError));
            }

            return;
        }

        _chart.Add((logRate - _mean) / _spread);
        if (_chart.Signal is var side and not 0)
        {
            Drift = $"the load has drifted {(side > 0 ? "up" : "down")} to {Math.Exp(logRate):0} req/s from {Math.Exp(_mean):0}";
        }
    }
}
