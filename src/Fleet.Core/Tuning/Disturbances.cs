using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>
/// Counts windows that a disturbance common to all nodes spoiled: how often one may be measured again, and how soon a search that ended
/// with nothing is worth another try.
/// </summary>
internal sealed class Disturbances(TunerOptions options)
{
    // A search that ended at the default after fewer windows than this rests on too little to be believed for a whole hold-off.
    private const int ConvincingTrials = 8;

    // Doubling of the rest stops here; the hold-off ends it long before.
    private const int MostDoublings = 20;

    // Returns without one clean window: two are bad luck, three are the setting.
    private const int MostExcuses = 3;

    private int _excuses;
    private int _ofWindow;
    private int _ofSearch;
    private int _fruitless;

    /// <summary>Starts a search.</summary>
    public void BeginSearch() => _ofWindow = _ofSearch = 0;

    /// <summary>A window was taken as it is.</summary>
    public void WindowTaken() => _ofWindow = 0;

    /// <summary>Counts a disturbed window; whether it should be measured again.</summary>
    public bool TryRepeat()
    {
        _ofSearch++;
        if (_ofWindow >= options.DisturbedRepeats)
        {
            return false;
        }

        _ofWindow++;
        return true;
    }

    /// <summary>
    /// Whether a held setting is excused because every node was in trouble when it broke the promise. <paramref name="noWindowSince"/>:
    /// it has not kept the promise for one window since it last came back. Bursts hit a setting at any time; one that is hit each time it
    /// comes back is to blame itself, on every node alike.
    /// </summary>
    public bool Excuses(bool noWindowSince)
    {
        _excuses = noWindowSince ? _excuses + 1 : 0;
        return _excuses < MostExcuses;
    }

    /// <summary>The load or the promise changed: what failed before says nothing now.</summary>
    public void Forget() => _fruitless = 0;

    /// <summary>
    /// How soon a search may follow one that ended so. <c>Again</c> says that it should: nothing cheaper than the default was proven, by
    /// windows that were disturbed or too few.
    /// </summary>
    public (TimeSpan Pause, bool Again) AfterSearch(SearchDecision decision, int trials)
    {
        if (decision.Action == SearchAction.Settle && !decision.Setting.IsDefault)
        {
            _fruitless = 0;
            return (options.HoldOff, false);
        }

        _fruitless++;
        bool retry = _ofSearch > 0 || (trials < ConvincingTrials && _fruitless <= 2);
        double rest = options.RetryRest.TotalSeconds * Math.Pow(2, Math.Min(_fruitless - 1, MostDoublings));
        return retry ? (TimeSpan.FromSeconds(Math.Min(rest, options.HoldOff.TotalSeconds)), true) : (options.HoldOff, false);
    }
}
