using Fleet.Hosting.Errors;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// Which knobs controllers may set: names, or beginnings of names that end with <c>*</c>. Every knob more multiplies the settings that a
/// search has to tell apart, so what is not known to pay is left alone until it is named.
/// </summary>
internal sealed class KnobSelection(IReadOnlyList<string> patterns)
{
    /// <summary>The knobs with a published effect on energy under a latency promise: deferral, suspension, coalescing, frequency.</summary>
    internal static readonly IReadOnlyList<string> Default =
        [KnobNames.Flush, KnobNames.Suspend, KnobNames.RxUsecs, KnobNames.Frequency];

    internal bool Contains(string knob) => patterns.Any(p => Matches(p, knob));

    /// <summary>Problems of the patterns: those that name no knob.</summary>
    internal static IEnumerable<string> Check(IReadOnlyList<string> patterns) => patterns
        .Where(p => !KnobNames.All.Any(k => Matches(p, k)))
        .Select(p => $"knob '{p}' is unknown{NearestName.Suggestion(p, KnobNames.All)}; known: {string.Join(", ", KnobNames.All)}, "
            + "or a beginning with *, for example napi.*");

    private static bool Matches(string pattern, string knob) => pattern.EndsWith('*')
        ? knob.StartsWith(pattern[..^1], StringComparison.Ordinal)
        : pattern == knob;
}
