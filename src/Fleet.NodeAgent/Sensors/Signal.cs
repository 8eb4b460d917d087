namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// A counter of the host that explains a saving: its total since the agent's first look and its rate between the last two looks. A counter
/// that fell was reset and starts anew; the total never falls.
/// </summary>
/// <param name="name">Stable name.</param>
/// <param name="unit">Unit of the total.</param>
internal sealed class Signal(string name, string unit)
{
    private double? _raw;

    internal string Name { get; } = name;

    internal string Unit { get; } = unit;

    /// <summary>Total since the first look; null before there was one (never 0 for unknown).</summary>
    internal double? Total { get; private set; }

    /// <summary>Rate between the last two looks, per second; null before the second.</summary>
    internal double? PerSecond { get; private set; }

    /// <summary>Monotonic time of the last look.</summary>
    internal TimeSpan At { get; private set; }

    /// <summary>Takes the counter's value; null: it could not be read, and the next value is a new zero point.</summary>
    internal void Take(TimeSpan now, double? raw)
    {
        if (raw is not { } value)
        {
            _raw = null;
            PerSecond = null;
            return;
        }

        if (_raw is { } before && value >= before)
        {
            Total += value - before;
            PerSecond = now > At ? (value - before) / (now - At).TotalSeconds : PerSecond;
        }
        else
        {
            Total ??= 0;
            PerSecond = null;
        }

        _raw = value;
        At = now;
    }
}
