using Fleet.Core.Knobs;
using Fleet.Core.Models;

namespace Fleet.Core.Search;

/// <summary>Where a search starts when nothing is known.</summary>
internal static class InitialDesign
{
    /// <summary>With this many observations from anywhere in the class, the model says where to start.</summary>
    public const int WarmRows = 6;

    private const int FirstProbes = 2;
    private const double FirstGate = 0.9;
    private const double LeastRelaxedGate = 0.2;
    private const double RelaxedRisk = 8;

    // A model that knows other loads is asked to be surer: it has less of the prior's width to hide behind, and more to choose from.
    private const double WarmRisk = 0.75;
    private const double WarmRelaxedRisk = 4.5;

    // Share of the gate's risk that is left to a search whose budget of breaking windows is spent.
    private const double SpentRisk = 0.25;

    /// <summary>
    /// The gate of a step: stricter for the first probes, whose forecast rests on the prior alone, and where other loads are known.
    /// </summary>
    public static double Gate(SearchState state)
    {
        double gate = state.Request.Options.FeasibilityGate;
        gate = state.ViolationsSpent ? 1 - (SpentRisk * (1 - gate)) : IsWarm(state) ? 1 - (WarmRisk * (1 - gate)) : gate;
        return state.Measured.Length < FirstProbes + 1 ? Math.Max(gate, FirstGate) : gate;
    }

    /// <summary>
    /// The gate of a step for which nothing behind <see cref="Gate"/> is worth a window: some times its risk, so that a strict search
    /// stays strict. The first probes of a cold search take what the wide prior offers, most cautiously.
    /// </summary>
    public static double RelaxedGate(SearchState state)
    {
        double risk = 1 - state.Request.Options.FeasibilityGate;
        return state.ViolationsSpent ? Gate(state)
            : IsWarm(state) ? 1 - (WarmRelaxedRisk * risk)
            : state.Measured.Length < FirstProbes + 1 ? LeastRelaxedGate
            : Math.Max(LeastRelaxedGate, 1 - (RelaxedRisk * risk));
    }

    /// <summary>Whether the model knows enough of other loads to start from them.</summary>
    public static bool IsWarm(SearchState state) => state.ElsewhereRows >= WarmRows;

    /// <summary>Whether the kernel default, which everything is compared with, is allowed and was never measured.</summary>
    public static bool MustMeasureDefault(SearchRequest request, ContextModel model) =>
        !request.Excluded.Contains(Setting.Default) && !model.Rows.Any(o => o.Setting.IsDefault);

    /// <summary>
    /// The first window: the kernel default as is, or, where that is refused, the middle of every knob, which is the least extreme
    /// setting of a
    /// space whose safe corner is unknown.
    /// </summary>
    public static SearchDecision First(SearchRequest request)
    {
        bool atDefault = !request.Excluded.Contains(Setting.Default);
        Setting setting = atDefault
            ? Setting.Default
            : new Setting(request.Space.Knobs.Select(k => KeyValuePair.Create(k.Name, k.LegalValues[k.LegalValues.Length / 2])));
        string why = atDefault ? "first window at the kernel default, as is" : "first window at the middle of every knob";
        return new(SearchAction.Probe, setting, "initial", null, null, null, null, why);
    }
}
