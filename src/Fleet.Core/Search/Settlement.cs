using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>
/// Ends a search: the cheapest measured setting that is proven with margin, after as many more windows as the proof takes.
/// </summary>
internal static class Settlement
{
    /// <summary>One-sided 95 % point of the normal distribution.</summary>
    private const double OneSided95 = 1.645;

    /// <summary>So many standard deviations below the limit, one window is proof (one in a thousand).</summary>
    private const double Sure = 3.1;

    /// <summary>Windows that a winner must have: its first was chosen for being lucky.</summary>
    private const int LeastWindows = 2;

    private const int MostWindows = 4;

    /// <summary>The next step once no probe promises enough.</summary>
    public static SearchDecision Next(SearchState state)
    {
        foreach (Measured m in state.Measured)
        {
            if (m.Windows == 0 || !state.IsOpen(m.Setting))
            {
                continue;
            }

            double z = state.Goal.SlackZ(m.Forecast);
            bool proven = z > OneSided95;
            bool sure = z > Sure;
            if (proven && (sure || m.Windows >= LeastWindows || m.Setting.IsDefault))
            {
                return Decisions.Settle(state, m.Setting, m.Forecast, "cheapest setting that is proven with margin");
            }

            if (m.Windows < MostWindows && (proven || CanStillProve(state, m)))
            {
                return Decisions.Probe(state, m.Setting, m.Forecast, "replicate", null);
            }
        }

        return AtBudget(state);
    }

    /// <summary>No window is left: the cheapest proven setting, else the likeliest to meet the SLA, else none.</summary>
    public static SearchDecision AtBudget(SearchState state)
    {
        Measured[] open = [.. state.Measured.Where(m => m.Windows > 0 && state.IsOpen(m.Setting))];
        if (open.FirstOrDefault(m => state.Goal.SlackZ(m.Forecast) > OneSided95) is { } proven)
        {
            return Decisions.Settle(state, proven.Setting, proven.Forecast, "the budget is spent; cheapest setting that is proven");
        }

        if (open.MinBy(m => state.Goal.LogLimited(m.Forecast)) is not { } safest)
        {
            Forecast unknown = state.Score(Knobs.Setting.Default);
            return Decisions.Infeasible(state, Knobs.Setting.Default, unknown);
        }

        return state.ProbabilityOf(safest.Forecast) >= 0.5
            ? Decisions.Settle(state, safest.Setting, safest.Forecast, "nothing is proven with margin; the safest measured setting")
            : Decisions.Infeasible(state, safest.Setting, safest.Forecast);
    }

    /// <summary>Whether the mean leaves room for the bound to come below the limit with the windows that are left.</summary>
    private static bool CanStillProve(SearchState state, Measured m) =>
        state.Goal.SlackZ(m.Forecast) > OneSided95 * Math.Sqrt((double)m.Windows / MostWindows);
}
