using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>
/// The recent past of one node, for views and plans: slices and readings of the last ten seconds. Sums are kept up to date as slices come and
/// go: a pool asks every node at every step.
/// </summary>
/// <param name="options">The tuner's dials.</param>
/// <param name="keepsLatencies">Whether latencies are kept for views; without them <see cref="AddLatencies"/> adds nothing.</param>
internal sealed class NodeTraffic(TunerOptions options, bool keepsLatencies = true)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(2);
    private static readonly LatencyHistogram Nothing = new();
    private readonly Queue<TrafficSlice> _slices = new();
    private readonly Queue<(NodeReading Reading, double? Watts)> _readings = new();
    private readonly PowerFilter _power = new(options);
    private TrafficSlice? _last;
    private TrafficSlice? _before;
    private NodeReading? _lastReading;
    private double? _qps;
    private (double? Watts, bool Known) _watts;

    /// <summary>Requests per second over the last 2 s; 0 without slices.</summary>
    public double Qps => _qps ??= MeanQps();

    /// <summary>Where power figures come from.</summary>
    public PowerSource Source => _readings.Count == 0 ? PowerSource.Unknown : _lastReading!.Source;

    /// <summary>Mean power over the last 2 s; null when unknown.</summary>
    public double? Watts
    {
        get
        {
            if (!_watts.Known)
            {
                _watts = (
                    PowerStatistics.MeanAndLogError(
                        [.. RecentReadings.Where(r => r.Watts is not null).Select(r => (r.Watts!.Value, r.Reading.Duration.TotalSeconds))]).Watts,
                    true);
            }

            return _watts.Watts;
        }
    }

    /// <summary>Server and NAPI CPU time per request over the last 2 s, microseconds; null when unknown.</summary>
    public double? CpuUsPerRequest
    {
        get
        {
            double seconds = RecentReadings.Sum(r => r.Reading.Duration.TotalSeconds);
            double cpu = RecentReadings.Sum(r => (r.Reading.ServerCpu + r.Reading.NapiCpu).TotalSeconds);
            return seconds > 0 && Qps > 0 ? cpu / seconds / Qps * 1e6 : null;
        }
    }

    /// <summary>
    /// Whether the last two slices held not one reply, and errors or no way to the node: the server is dead. A node without load is judged by
    /// the way alone.
    /// </summary>
    public bool Dead => _last is not null && _before is not null && IsDead(_last) && IsDead(_before);

    /// <summary>Whether every proxy can reach the node, as of the last slice; null when not known.</summary>
    public bool? Reachable => _last?.Reachable;

    private IEnumerable<TrafficSlice> RecentSlices =>
        _slices.Where(s => _last is not null && s.Start + s.Duration > _last.Start + _last.Duration - Recent);

    private IEnumerable<(NodeReading Reading, double? Watts)> RecentReadings =>
        _readings.Where(r => r.Reading.End > _lastReading!.End - Recent);

    /// <summary>Takes a slice.</summary>
    public void Add(TrafficSlice slice)
    {
        _slices.Enqueue(keepsLatencies ? slice : slice with { Latency = Nothing });
        (_before, _last) = (_last, slice);
        _qps = null;
    }

    /// <summary>Takes a reading.</summary>
    public void Add(NodeReading reading, DateTimeOffset now)
    {
        _readings.Enqueue((reading, _power.Accept(reading, now)));
        _lastReading = reading;
        _watts = default;
    }

    /// <summary>
    /// Drops what is more than ten seconds older than the latest, and everything once nothing came for the sensors' time-out.
    /// </summary>
    public void Forget(DateTimeOffset now)
    {
        if (_last is { } last)
        {
            DateTimeOffset end = last.Start + last.Duration;
            DateTimeOffset before = now - end > Longer(Kept, options.SensorTimeout) ? now : end - Kept;
            while (_slices.TryPeek(out TrafficSlice? oldest) && oldest.Start + oldest.Duration < before)
            {
                _slices.Dequeue();
                _qps = null;
            }
        }

        if (_lastReading is { } reading)
        {
            DateTimeOffset before = now - reading.End > Longer(Kept, options.SensorTimeout) ? now : reading.End - Kept;
            while (_readings.TryPeek(out var oldest) && oldest.Reading.End < before)
            {
                _readings.Dequeue();
                _watts = default;
            }
        }
    }

    /// <summary>Whether a slice that began after <paramref name="since"/> saw neither requests nor any in flight.</summary>
    public bool DrainedSince(DateTimeOffset since) => _last is { Requests: 0, InFlight: 0 } last && last.Start >= since;

    /// <summary>Adds the latencies of the last 2 s, or of the last 10 s, to a histogram.</summary>
    public void AddLatencies(LatencyHistogram histogram, bool wholePast)
    {
        foreach (TrafficSlice slice in wholePast ? _slices : RecentSlices)
        {
            histogram.Add(slice.Latency);
        }
    }

    private double MeanQps()
    {
        if (_last is null)
        {
            return 0;
        }

        DateTimeOffset from = _last.Start + _last.Duration - Recent;
        double seconds = 0;
        long requests = 0;
        foreach (TrafficSlice slice in _slices)
        {
            if (slice.Start + slice.Duration > from)
            {
                seconds += slice.Duration.TotalSeconds;
                requests += slice.Requests;
            }
        }

        return seconds > 0 ? requests / seconds : 0;
    }

    private static bool IsDead(TrafficSlice slice) => slice.Requests == 0 && (slice.Errors > 0 || slice.Reachable == false);

    private static TimeSpan Longer(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
