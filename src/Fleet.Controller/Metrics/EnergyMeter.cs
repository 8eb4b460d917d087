namespace Fleet.Controller.Metrics;

/// <summary>Sums power over time. An interval without a known power adds nothing: energy is never invented.</summary>
internal sealed class EnergyMeter
{
    /// <summary>Energy used, joules; only grows.</summary>
    public double Joules { get; private set; }

    /// <summary>Estimated energy saved against the kernel default, joules; falls while tuning costs.</summary>
    public double SavedJoules { get; private set; }

    /// <summary>Adds an interval.</summary>
    public void Add(TimeSpan duration, double? watts, double? defaultWatts)
    {
        if (watts is { } used && used >= 0)
        {
            Joules += used * duration.TotalSeconds;
            SavedJoules += defaultWatts is { } normal ? (normal - used) * duration.TotalSeconds : 0;
        }
    }
}
