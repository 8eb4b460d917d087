using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>Believes a power reading only when it can be true, and remembers when one last could.</summary>
internal sealed class PowerFilter(TunerOptions options)
{
    /// <summary>End of the last believable reading; null when there was none.</summary>
    public DateTimeOffset? LastGood { get; private set; }

    /// <summary>
    /// The reading's power in watts, or null when it is absent, zero, negative, not a number or beyond the sensor's range.
    /// </summary>
    public double? Accept(NodeReading reading, DateTimeOffset now)
    {
        if (reading.PowerWatts is not { } watts || !(watts > 0) || !(watts <= options.MaxPowerWatts)
            || reading.Source == PowerSource.Unknown || reading.Duration <= TimeSpan.Zero)
        {
            return null;
        }

        LastGood = now;
        return watts;
    }

    /// <summary>Whether power is known well enough to tune by.</summary>
    public bool Working(DateTimeOffset now) => LastGood is { } last && now - last <= options.SensorTimeout;
}
