using Fleet.Core.Measurement;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>The recent past of one node, for views and plans: slices and readings of the last ten seconds.</summary>
internal sealed class NodeTraffic(TunerOptions options)
{
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(2);
    private readonly Queue<TrafficSlice> _slices = new();
    private readonly Queue<(NodeReading Reading, double? Watts)> _readings = new();
    private readonly PowerFilter _power = new(options);
    private TrafficSlice? _last;
    private TrafficSlice? _before;

    /// <summary>Requests per second over the last 2 s; 0 without slices.</summary>
    public double Qps
    {
        get
        {
            double seconds = RecentSlices.Sum(s => s.Duration.TotalSeconds);
            return seconds > 0 ? RecentSlices.Sum(s => s.Requests) / seconds : 0;
        }
    }

    /// <summary>Where power figures come from.</summary>
    public PowerSource Source => _readings.Count == 0 ? PowerSource.Unknown : _readings.Last().Reading.Source;

    /// <summary>Mean power over the last 2 s; null when unknown.</summary>
    public double? Watts => PowerStatistics.MeanAndLogError(
        [.. RecentReadings.Where(r => r.Watts is not null).Select(r => (r.Watts!.Value, r.Reading.Duration.TotalSeconds))]).Watts;

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

    private IEnumerable<TrafficSlice> RecentSlices =>
        _slices.Where(s => _last is not null && s.Start + s.Duration > _last.Start + _last.Duration - Recent);

    private IEnumerable<(NodeReading Reading, double? Watts)> RecentReadings =>
        _readings.Where(r => r.Reading.End > _readings.Last().Reading.End - Recent);

    /// <summary>Takes a slice.</summary>
    public void Add(TrafficSlice slice)
    {
        _slices.Enqueue(slice);
        (_before, _last) = (_last, slice);
    }

    /// <summary>Takes a reading.</summary>
    public void Add(NodeReading reading, DateTimeOffset now) => _readings.Enqueue((reading, _power.Accept(reading, now)));

    /// <summary>Drops what is older than ten seconds.</summary>
    public void Forget(DateTimeOffset now)
    {
        while (_slices.Count > 0 && _slices.Peek().Start + _slices.Peek().Duration < now - Kept)
        {
            _slices.Dequeue();
        }

        while (_readings.Count > 0 && _readings.Peek().Reading.End < now - Kept)
        {
            _readings.Dequeue();
        }
    }

    /// <summary>Whether a slice that began after <paramref name="since"/> saw neither requests nor any in flight.</summary>
    public bool DrainedSince(DateTimeOffset since) => _last is { Requests: 0, InFlight: 0 } last && last.Start >= since;

    /// <summary>
    /// Whether the last two slices held not one reply, and errors or no way to the node: the server is dead. A node without load is judged by
    /// the way alone.
    /// </summary>
    public bool Dead => _last is not null && _before is not null && IsDead(_last) && IsDead(_before);

    /// <summary>Whether every proxy can reach the node, as of the last slice; null when not known.</summary>
    public bool? Reachable => _last?.Reachable;

    /// <summary>Reads of the last slice that found their key, and those that did not.</summary>
    public (long Hits, long Misses) Reads => (_last?.Hits ?? 0, _last?.Misses ?? 0);

    private static bool IsDead(TrafficSlice slice) => slice.Requests == 0 && (slice.Errors > 0 || slice.Reachable == false);

    /// <summary>Adds the latencies of the last 2 s, or of the last 10 s, to a histogram.</summary>
    public void AddLatencies(LatencyHistogram histogram, bool wholePast)
    {
        foreach (TrafficSlice slice in wholePast ? _slices : RecentSlices)
        {
            histogram.Add(slice.Latency);
        }
    }
}
