using Fleet.Core.Knobs;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Days;

/// <summary>
/// Sums what happens on the servers of one policy. Costs and broken promises are the server's own values, not noisy measurements, so
/// policies and the oracle are judged alike.
/// </summary>
internal sealed class DayLedger
{
    private readonly double _slaUs;
    private readonly double _percentile;
    private readonly double _partSeconds;
    private readonly Part[] _parts;
    private double _joules;
    private double _overSeconds;
    private double _servingSeconds;
    private double _overRequests;
    private double _requests;
    private double _activeSeconds;

    /// <summary>Starts a day of so many seconds.</summary>
    public DayLedger(double slaUs, double percentile, double seconds, int parts)
    {
        (_slaUs, _percentile, _partSeconds) = (slaUs, percentile, seconds / parts);
        _parts = [.. Enumerable.Range(0, parts).Select(_ => new Part())];
    }

    /// <summary>Windows spent on searching.</summary>
    public double Trials { get; set; }

    /// <summary>So many alike servers carried a load each with a setting for a time; the kernel's idle loop when the load is 0.</summary>
    public void Serve(double atSecond, double seconds, IServer server, Setting setting, double qps, int count = 1)
    {
        double watts = server.Watts(setting, qps);
        double percentileUs = server.PercentileUs(setting, qps, _percentile);
        _joules += watts * seconds * count;
        _activeSeconds += seconds * count;
        _servingSeconds += seconds * count;
        _requests += qps * seconds * count;
        if (percentileUs > _slaUs)
        {
            _overSeconds += seconds * count;
            _overRequests += qps * seconds * count;
        }

        Spread(atSecond, seconds, (part, within) =>
        {
            part.Joules += watts * within * count;
            part.Requests += qps * within * count;
            part.ActiveSeconds += within * count;
            part.WorstUs = Math.Max(part.WorstUs, percentileUs);
            part.Setting = setting;
        });
    }

    /// <summary>So many servers were parked for a time.</summary>
    public void Park(double atSecond, double seconds, double watts, int count = 1)
    {
        _joules += watts * seconds * count;
        Spread(atSecond, seconds, (part, within) => part.Joules += watts * within * count);
    }

    /// <summary>Adds the day of another pool of the same fleet.</summary>
    public void Add(DayLedger pool)
    {
        _joules += pool._joules;
        _overSeconds += pool._overSeconds;
        _servingSeconds += pool._servingSeconds;
        _overRequests += pool._overRequests;
        _requests += pool._requests;
        _activeSeconds += pool._activeSeconds;
        Trials += pool.Trials;
        for (int i = 0; i < _parts.Length; i++)
        {
            (Part mine, Part other) = (_parts[i], pool._parts[i]);
            mine.Joules += other.Joules;
            mine.Requests += other.Requests;
            mine.ActiveSeconds += other.ActiveSeconds;
            mine.WorstUs = Math.Max(mine.WorstUs, other.WorstUs);
            mine.Setting ??= other.Setting;
        }
    }

    /// <summary>The day's sums and points.</summary>
    public DayResult Close() => new(
        _joules, _overSeconds, _servingSeconds, _overRequests, _requests, Trials, _activeSeconds, [.. _parts.Select(Point)]);

    private DayPoint Point(Part part, int index) => new(
        Math.Round((index + 0.5) * _partSeconds / 3600, 4),
        Math.Round(part.Requests / _partSeconds, 1),
        Math.Round(part.Joules / _partSeconds, 3),
        part.WorstUs > 0 ? Math.Round(part.WorstUs, 2) : null,
        Math.Round(part.ActiveSeconds / _partSeconds, 3),
        part.Setting?.ToString() ?? "");

    private void Spread(double at, double seconds, Action<Part, double> add)
    {
        double end = at + seconds;
        while (at < end - 1e-9)
        {
            int index = Math.Min((int)((at + 1e-9) / _partSeconds), _parts.Length - 1);
            double until = index == _parts.Length - 1 ? end : Math.Min(end, (index + 1) * _partSeconds);
            add(_parts[index], until - at);
            at = until;
        }
    }

    private sealed class Part
    {
        public double Joules { get; set; }

        public double Requests { get; set; }

        public double ActiveSeconds { get; set; }

        public double WorstUs { get; set; }

        public Setting? Setting { get; set; }
    }
}
