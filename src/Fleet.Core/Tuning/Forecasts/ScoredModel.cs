namespace Fleet.Core.Tuning.Forecasts;

/// <summary>A model with the error of its forecasts over the last 24 hours: mean |ln(forecast / load)|, each made a horizon ahead.</summary>
internal sealed class ScoredModel(ILoadModel model, int horizonMinutes)
{
    private const int Day = 1440;

    // Loads below this count as this: the logarithm of an idle minute says nothing.
    private const double LeastQps = 1;

    private readonly Queue<double?> _promised = new();
    private readonly Queue<double> _errors = new();

    /// <summary>The model.</summary>
    public ILoadModel Model => model;

    /// <summary>Mean error; null until a forecast came due.</summary>
    public double? Error => _errors.Count == 0 ? null : _errors.Average();

    /// <summary>Takes a minute's load, compares it with what was forecast for it, and forecasts the minute a horizon on.</summary>
    public void Add(double qps)
    {
        if (_promised.Count == horizonMinutes && _promised.Dequeue() is { } forecast)
        {
            _errors.Enqueue(Math.Abs(Math.Log(Math.Max(forecast, LeastQps) / Math.Max(qps, LeastQps))));
            if (_errors.Count > Day)
            {
                _errors.Dequeue();
            }
        }

        model.Add(qps);
        _promised.Enqueue(model.Ahead(horizonMinutes));
    }
}
