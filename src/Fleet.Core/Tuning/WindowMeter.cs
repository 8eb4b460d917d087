using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Core.Tuning;

/// <summary>Collects slices and power readings that lie wholly inside one measuring interval and closes them into a window.</summary>
internal sealed class WindowMeter(TunerOptions options)
{
    private readonly List<TrafficSlice> _slices = [];
    private readonly List<(double Watts, double Seconds)> _power = [];
    private DateTimeOffset? _from;
    private TimeSpan _covered;
    private long _requests;
    private double _cpuSeconds;
    private double _readingSeconds;

    /// <summary>Opens an interval at <paramref name="from"/>; what was collected is dropped.</summary>
    public void Start(DateTimeOffset from)
    {
        Stop();
        _from = from;
    }

    /// <summary>Closes the interval without a window and drops what was collected.</summary>
    public void Stop()
    {
        _from = null;
        _slices.Clear();
        _power.Clear();
        _covered = TimeSpan.Zero;
        _requests = 0;
        _cpuSeconds = 0;
        _readingSeconds = 0;
        Disturbed = false;
    }

    /// <summary>Whether every node was in trouble at some moment of the interval: what it shows is not the setting's doing.</summary>
    public bool Disturbed { get; private set; }

    /// <summary>Notes that every node is in trouble just now.</summary>
    public void Disturb() => Disturbed |= _covered > TimeSpan.Zero;

    /// <summary>Takes a slice when it lies inside the interval.</summary>
    public void Add(TrafficSlice slice)
    {
        if (_from is { } from && slice.Start >= from && slice.Duration > TimeSpan.Zero)
        {
            _slices.Add(slice);
            _covered += slice.Duration;
            _requests += slice.Requests;
        }
    }

    /// <summary>Takes a reading when it lies inside the interval; <paramref name="watts"/> is its believed power.</summary>
    public void Add(NodeReading reading, double? watts)
    {
        if (_from is not { } from || reading.Duration <= TimeSpan.Zero || reading.End - reading.Duration < from)
        {
            return;
        }

        _readingSeconds += reading.Duration.TotalSeconds;
        _cpuSeconds += (reading.ServerCpu + reading.NapiCpu).TotalSeconds;
        if (watts is { } w)
        {
            _power.Add((w, reading.Duration.TotalSeconds));
        }
    }

    /// <summary>Whether the interval is long enough, or as long as it may get, and holds power when <paramref name="needPower"/>.</summary>
    public bool Ready(double percentile, bool needPower) =>
        _covered >= options.MeasureWindow
        && (_requests * TailTest.Allowed(percentile) >= options.TailRequests || _covered >= options.MaxWindow)
        && (!needPower || _power.Count >= 2);

    /// <summary>Whether the collected requests are enough to speak about the percentile.</summary>
    public bool Speaks(double percentile) => _requests * TailTest.Allowed(percentile) >= options.LeastTailRequests;

    /// <summary>The window of what was collected.</summary>
    public MeasuredWindow Close(Sla sla)
    {
        var all = Sum(_slices);
        IReadOnlyList<TrafficSlice> steadySlices = NoisySlices.Without(_slices, sla, options.NoisyShare);
        LatencyHistogram steady = steadySlices.Count == _slices.Count ? all : Sum(steadySlices);
        double seconds = Math.Max(_covered.TotalSeconds, 1e-9);
        (double? watts, double wattsSd) = PowerStatistics.MeanAndLogError(_power);
        return new MeasuredWindow(
            _slices.Count == 0 ? _from ?? default : _slices[^1].Start + _slices[^1].Duration,
            _requests / seconds,
            _requests,
            all.CountAboveUs(sla.LatencyUs),
            all.PercentileUs(sla.Percentile),
            steady.PercentileUs(sla.Percentile),
            SliceSpread.LogError(
                steadySlices, sla.Percentile, TailTest.LogStandardError(steady.PercentileUs, steady.Count, sla.Percentile)),
            watts,
            wattsSd,
            _readingSeconds > 0 && _requests > 0 ? _cpuSeconds / _readingSeconds / (_requests / seconds) * 1e6 : null);
    }

    private static LatencyHistogram Sum(IReadOnlyList<TrafficSlice> slices) =>
        slices.Count == 1 ? slices[0].Latency : LatencyHistogram.SumOf(slices.Select(s => s.Latency));
}
