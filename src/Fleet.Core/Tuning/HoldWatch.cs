using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Core.Search;
using Fleet.Core.Tuning.Forecasts;

namespace Fleet.Core.Tuning;

/// <summary>Watches a held setting: guard, held windows, load band, surprise, forecast, drift, schedule. Says what it saw; the tuner acts.</summary>
internal sealed class HoldWatch(TunerOptions options)
{
    private readonly HeldWindows _windows = new(options);
    private readonly SurpriseWatch _surprise = new(options);
    private readonly DriftWatch _drift = new(options);
    private readonly LoadForecaster? _forecaster =
        options.ForecastHorizon >= TimeSpan.FromMinutes(1) ? new((int)options.ForecastHorizon.TotalMinutes) : null;

    private string? _surprised;
    private DateTimeOffset _since;
    private DateTimeOffset _now;
    private DateTimeOffset _nextForecast;

    /// <summary>The guard over single slices.</summary>
    public SliceGuard Guard { get; } = new(options);

    /// <summary>The load and its band.</summary>
    public LoadTracker Load { get; } = new(options);

    /// <summary>Load that the held setting is verified for; 0 when none.</summary>
    public double VerifiedQps { get; private set; }

    /// <summary>Windows in a row, up to the last one, that kept the promise.</summary>
    public int CleanWindows { get; private set; }

    /// <summary>For people.</summary>
    public string Summary => _windows.Summary;

    /// <summary>Whether the model should be asked for the next window.</summary>
    public bool WantsPrediction(DateTimeOffset now) => _surprise.Due(now);

    /// <summary>Takes a slice; <paramref name="holding"/>: a setting is held, so that the load can leave what it is verified for.</summary>
    public void Add(TrafficSlice slice, bool holding)
    {
        Load.Add(slice, holding ? VerifiedQps : 0);
        _forecaster?.Add(slice);
        if (holding)
        {
            _drift.Add(slice);
        }
    }

    /// <summary>Starts to watch a setting verified for this load.</summary>
    public void Begin(double verifiedQps, DateTimeOffset now)
    {
        VerifiedQps = verifiedQps;
        Guard.Reset();
        CleanWindows = 0;
        _windows.Clear();
        _surprise.Reset(now);
        _now = now;
        Load.Rebase();
        Taken();
    }

    /// <summary>Moves the band to a load at which the setting turned out to be proven.</summary>
    public void Verify(double qps)
    {
        VerifiedQps = qps;
        Load.Rebase();
        Taken();
    }

    /// <summary>Takes a held window.</summary>
    public void Add(MeasuredWindow window, Sla sla, SettingPrediction? prediction, DateTimeOffset now, double sharers = 1)
    {
        bool broken = window.SteadyPercentileUs > sla.LatencyUs;
        _windows.Add(broken);
        CleanWindows = broken ? 0 : CleanWindows + 1;
        bool surely = Math.Log(window.SteadyPercentileUs) + (1.645 * window.PercentileSd) < Math.Log(sla.LatencyUs);
        if (surely && window.Qps > VerifiedQps)
        {
            VerifiedQps = window.Qps;
        }

        if (prediction is not null)
        {
            (double z, bool twice) = _surprise.Compare(window, prediction, now, sharers);
            _surprised = twice ? $"the held window is {z:0.0} standard deviations from the model, the second time in a row" : null;
        }
    }

    /// <summary>What to do about the held setting now.</summary>
    public HoldVerdict Judge(bool isDefault, bool commonTrouble, DateTimeOffset now)
    {
        _now = now;
        if (!isDefault && Guard.TrippedForLong)
        {
            return new HoldVerdict(HoldAction.Leave, "guard", "many slices in a row significantly over the SLA");
        }

        if (!isDefault && Guard.Tripped && !commonTrouble)
        {
            return new HoldVerdict(HoldAction.Leave, "guard", "two slices in a row significantly over the SLA");
        }

        if (!isDefault && _windows.TooManyBroken)
        {
            return new HoldVerdict(HoldAction.Leave, "guard", $"only {_windows.Summary}");
        }

        if (Load.AboveBand)
        {
            return new HoldVerdict(HoldAction.LoadUp, "load-band", $"load {Load.Qps:0} req/s is above the verified {VerifiedQps:0}");
        }

        double peakQps = _forecaster?.PeakQps ?? 0;
        if (Load.BelowBand(now) && peakQps < VerifiedQps * Math.Exp(-options.LoadBand))
        {
            return new HoldVerdict(
                HoldAction.Search, "load-band",
                $"load {Load.Qps:0} req/s is below the verified {VerifiedQps:0} for {options.LoadDownHold.TotalSeconds:0} s");
        }

        return _surprised is { } why ? new HoldVerdict(HoldAction.Search, "surprise", why) : Foresee(peakQps, now) ?? Slow(now);
    }

    /// <summary>The verdict led to a wish for a search.</summary>
    public void Taken()
    {
        _surprised = null;
        _drift.Reset();
        _since = _now;
    }

    /// <summary>A coming load was prepared for; until it should be here, the same forecast says nothing new.</summary>
    public void ForecastTaken(DateTimeOffset now) => _nextForecast = now + options.ForecastHorizon;

    private HoldVerdict? Foresee(double peakQps, DateTimeOffset now) =>
        VerifiedQps > 0 && now >= _nextForecast && peakQps > VerifiedQps * Math.Exp(options.LoadBand)
            ? new HoldVerdict(
                HoldAction.Foresee, "forecast",
                $"{_forecaster!.ModelName} forecasts {peakQps:0} req/s within {options.ForecastHorizon.TotalMinutes:0} min, "
                + $"above the verified {VerifiedQps:0}", peakQps)
            : null;

    private HoldVerdict Slow(DateTimeOffset now) =>
        _drift.Drift is { } drift ? new HoldVerdict(HoldAction.Search, "cusum", drift)
        : options.SearchSchedule is { } every && now - _since >= every
            ? new HoldVerdict(HoldAction.Search, "schedule", $"held for {(now - _since).TotalMinutes:0} min, searched every {every.TotalMinutes:0}")
        : HoldVerdict.Nothing;
}

/// <summary>What a held setting calls for.</summary>
internal enum HoldAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A search at leisure.</summary>
    Search,

    /// <summary>First a setting proven at the higher load, then a search.</summary>
    LoadUp,

    /// <summary>A setting proven at the forecast load, or a search before it comes.</summary>
    Foresee,

    /// <summary>Leave the setting at once.</summary>
    Leave,
}

/// <summary>An action with its trigger and reason; <paramref name="Qps"/> is the load to act for, 0 for the present one.</summary>
internal sealed record HoldVerdict(HoldAction Action, string Trigger, string Reason, double Qps = 0)
{
    /// <summary>All is well.</summary>
    public static HoldVerdict Nothing { get; } = new(HoldAction.None, "", "");
}
