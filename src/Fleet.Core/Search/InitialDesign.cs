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

    /// <summary>
    /// The gate of a step: stricter for the first probes, whose forecast rests on the prior alone.
    /// </summary>
    public static double Gate(SearchState state)
    {
        double gate = state.Request.Options.FeasibilityGate;
        return state.Measured.Length < FirstProbes + 1 ? Math.Max(gate, FirstGate) : gate;
    }

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
