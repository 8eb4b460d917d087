namespace Fleet.NodeAgent.Sensors;

/// <summary>
/// One hardware energy counter, unwrapped. A counter that fell has wrapped once at its range; the first value after a gap or an error only
/// sets the zero point (the first delta would otherwise be everything since boot), and so does a step that no machine can make.
/// </summary>
internal sealed class EnergyCounter
{
    /// <summary>Half the time in which the smallest range (65,536 J) wraps at 400 W: beyond, a second wrap cannot be told from none.</summary>
    internal static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(80);

    /// <summary>No processor package draws more: a larger step is a reset counter or garbage.</summary>
    internal const double MostWatts = 5000;

    /// <summary>A processor draws at all times and its counter moves every millisecond: one that stands still this long counts nothing.</summary>
    private static readonly TimeSpan LongestStill = TimeSpan.FromSeconds(2);

    private (TimeSpan At, double Joules)? _last;
    private TimeSpan _moved;

    /// <summary>Energy since the first value, J; monotone.</summary>
    internal double Joules { get; private set; }

    /// <summary>Takes a value.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="joules">The counter, J.</param>
    /// <param name="rangeJoules">Where it wraps, J; 0: never.</param>
    internal void Take(TimeSpan now, double joules, double rangeJoules)
    {
        _moved = _last?.Joules == joules ? _moved : now;
        if (_last is { } last && now - last.At <= LongestGap)
        {
            double delta = joules - last.Joules;
            delta = delta < 0 ? delta + rangeJoules : delta;

            // The same moment twice is no step; a fake or coarse clock must not turn a delta into a lie.
            bool possible = delta >= 0 && (now == last.At || delta <= MostWatts * (now - last.At).TotalSeconds);
            Joules += possible ? delta : 0;
        }

        _last = (now, joules);
    }

    /// <summary>
    /// Whether the counter does not count, as on hypervisors that let it be read and leave it at 0: then the energy is unknown, and not 0.
    /// </summary>
    internal bool StandsStill(TimeSpan now) => _last is not null && now - _moved >= LongestStill;

    /// <summary>The counter could not be read: what comes next is a new zero point.</summary>
    internal void Lost() => _last = null;
}
