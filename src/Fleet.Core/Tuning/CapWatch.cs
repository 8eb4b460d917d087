using Fleet.Core.Search;

namespace Fleet.Core.Tuning;

/// <summary>Notices that held windows take more power than the objective's cap, beyond the error of the reading, twice in a row.</summary>
internal sealed class CapWatch
{
    // One-sided 95 % of a normal error.
    private const double OneSided95 = 1.645;

    private bool _overBefore;

    /// <summary>Takes a held window; true with the second one over the cap in a row.</summary>
    public bool IsOver(MeasuredWindow window, Objective objective)
    {
        bool over = objective.CapsPower && window.Watts is { } watts
            && Math.Log(watts) - (OneSided95 * window.WattsSd) > Math.Log(objective.PowerCapWatts);
        bool twice = over && _overBefore;
        _overBefore = over && !twice;
        return twice;
    }
}
