namespace Fleet.Core.Tuning.Forecasts;

/// <summary>Forecasts the load of the coming minutes from the load of past minutes, with a season of one day.</summary>
internal interface ILoadModel
{
    /// <summary>For reasons and reports.</summary>
    string Name { get; }

    /// <summary>Takes the next minute's load, requests per second; 0 or more.</summary>
    void Add(double qps);

    /// <summary>Load in the given minute, 1 for the next one to 1,440; null until the past is long enough.</summary>
    double? Ahead(int minutes);
}
