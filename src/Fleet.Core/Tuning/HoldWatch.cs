using Fleet.Core.Control;
using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>Watches a held setting: guard, held windows, load band, surprise. Says what it saw; the tuner acts.</summary>
internal sealed class HoldWatch(TunerOptions options)
{
    private readonly HeldWindows _windows = new(options);
    private readonly SurpriseWatch _surprise = new(options);
    private string? _surprised;

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

    /// <summary>Starts to watch a setting verified for this load.</summary>
    public void Begin(double verifiedQps, DateTimeOffset now)
    {
        VerifiedQps = verifiedQps;
        Guard.Reset();
        CleanWindows = 0;
        _windows.Clear();
        _surprise.Reset(now);
        _surprised = null;
        Load.Rebase();
    }

    /// <summary>Moves the band to a load at which the setting turned out to be proven.</summary>
    public void Verify(double qps)
    {
        VerifiedQps = qps;
        Load.Rebase();
    }

    /// <summary>Takes a held window.</summary>
    public void Add(MeasuredWindow window, Sla sla, SettingPrediction? prediction, DateTimeOffset now)
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
            (double z, bool twice) = _surprise.Compare(window, prediction, now);
            _surprised = twice ? $"the held window is {z:0.0} standard deviations from the model, the second time in a row" : null;
        }
    }

    /// <summary>What to do about the held setting now.</summary>
    public HoldVerdict Judge(bool isDefault, bool commonTrouble, DateTimeOffset now)
    {
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

        if (Load.BelowBand(now))
        {
            return new HoldVerdict(
                HoldAction.Search, "load-band",
                $"load {Load.Qps:0} req/s is below the verified {VerifiedQps:0} for {options.LoadDownHold.TotalSeconds:0} s");
        }

        return _surprised is { } why ? new HoldVerdict(HoldAction.Search, "surprise", why) : HoldVerdict.Nothing;
    }

    /// <summary>The surprise was acted upon.</summary>
    public void SurpriseTaken() => _surprised = null;
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

    /// <summary>Leave the setting at once.</summary>
    Leave,
}

/// <summary>An action with its trigger and reason.</summary>
internal sealed record HoldVerdict(HoldAction Action, string Trigger, string Reason)
{
    /// <summary>All is well.</summary>
    public static HoldVerdict Nothing { get; } = new(HoldAction.None, "", "");
}
