namespace Fleet.NodeAgent.Safety;

/// <summary>
/// The guard that needs no controller. With one, its slices count: over the promise in two of them in a row. Without one, the device's own
/// packet rate does: a setting is safe at and below the load that it was proven at, so a rate well above the highest that the controller
/// saw under the setting, for two seconds in a row, ends it.
/// </summary>
internal sealed class LoadGuard
{
    /// <summary>Slices or seconds in a row that make a breach.</summary>
    private const int Strikes = 2;

    /// <summary>Growth of the packet rate that leaves the proven band (the tolerance of Kubernetes' autoscaler).</summary>
    private const double Band = 1.10;

    /// <summary>Rates below this are housekeeping traffic, not load.</summary>
    private const double LeastPacketsPerSecond = 500;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    /// <summary>Slices that arrive so soon after a change may tell of the setting before it.</summary>
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(1);

    private TimeSpan _changed = -Settles;
    private int _latencyStrikes;
    private int _loadStrikes;
    private double _provenRate;
    private (TimeSpan At, long Packets)? _last;

    /// <summary>A setting came into force: nothing is proven at it yet.</summary>
    internal void Changed(TimeSpan now)
    {
        _changed = now;
        _latencyStrikes = _loadStrikes = 0;
        _provenRate = 0;
        _last = null;
    }

    /// <summary>Takes a slice from the controller; why the setting has to end, or null.</summary>
    internal string? Hear(TimeSpan now, GuardSignal signal)
    {
        if (now - _changed < Settles)
        {
            return null;
        }

        _latencyStrikes = signal.LatencyUs > signal.SlaUs ? _latencyStrikes + 1 : 0;
        return _latencyStrikes >= Strikes
            ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"latency {signal.LatencyUs:0} us over the promise of {signal.SlaUs:0} us in {_latencyStrikes} slices")
            : null;
    }

    /// <summary>Takes the device's packet counter; why the setting has to end, or null.</summary>
    /// <param name="now">Monotonic time.</param>
    /// <param name="packets">Packets received so far; null: unknown.</param>
    /// <param name="controlled">Whether a controller watches.</param>
    internal string? Count(TimeSpan now, long? packets, bool controlled)
    {
        if (packets is not { } count)
        {
            _last = null;
            return null;
        }

        if (_last is not { } last || count < last.Packets)
        {
            _last = (now, count);
            return null;
        }

        if (now - last.At < Window)
        {
            return null;
        }

        double rate = (count - last.Packets) / (now - last.At).TotalSeconds;
        _last = (now, count);
        if (controlled)
        {
            _provenRate = Math.Max(_provenRate, rate);
            _loadStrikes = 0;
            return null;
        }

        _loadStrikes = rate > Math.Max(_provenRate * Band, LeastPacketsPerSecond) ? _loadStrikes + 1 : 0;
        return _loadStrikes >= Strikes
            ? string.Create(
                System.Globalization.CultureInfo.InvariantCulture,
                $"no controller, and {rate:0} packets/s where the setting is proven up to {_provenRate:0}")
            : null;
    }
}
