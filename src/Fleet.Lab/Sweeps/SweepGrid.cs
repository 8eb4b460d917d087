using System.Collections.Immutable;
using System.Globalization;
using Fleet.Hosting.Errors;
using Fleet.V1;

namespace Fleet.Lab.Sweeps;

/// <summary>The settings of a sweep: the kernel default and every combination of the knobs' values.</summary>
internal static class SweepGrid
{
    /// <summary>The settings, the kernel default first.</summary>
    /// <param name="knobs">What the node can set.</param>
    /// <param name="options">Values asked for.</param>
    /// <param name="whenAsked">Whether a knob is swept only when the options name it.</param>
    /// <exception cref="StartupException">A knob is not there, a value is not legal, or the grid is too large; all problems together.</exception>
    internal static ImmutableArray<ImmutableSortedDictionary<string, long>> Of(
        IEnumerable<Knob> knobs, SweepOptions options, Func<string, bool>? whenAsked = null)
    {
        Knob[] usable = [.. knobs.Where(k => k.State == KnobState.Available).OrderBy(k => k.Name, StringComparer.Ordinal)];
        var problems = new List<string>();
        foreach ((string name, ImmutableArray<long> values) in options.Knobs)
        {
            if (usable.FirstOrDefault(k => k.Name == name) is not { } knob)
            {
                problems.Add($"--knob {name}: the server has no such knob{NearestName.Suggestion(name, [.. usable.Select(k => k.Name)])}; "
                    + $"it has {string.Join(", ", usable.Select(k => k.Name))}");
            }
            else
            {
                problems.AddRange(values.Except(knob.LegalValues).Select(v => string.Create(
                    CultureInfo.InvariantCulture, $"--knob {name}={v}: not legal; legal: {string.Join(", ", knob.LegalValues)}")));
            }
        }

        IEnumerable<ImmutableSortedDictionary<string, long>> settings = [ImmutableSortedDictionary<string, long>.Empty];
        long cells = 1;
        foreach (Knob knob in usable.Where(k => options.Knobs.ContainsKey(k.Name) || whenAsked?.Invoke(k.Name) != true))
        {
            long[] values = options.Knobs.TryGetValue(knob.Name, out ImmutableArray<long> asked) ? [.. asked] : [.. knob.LegalValues];
            cells *= values.Length;
            settings = settings.SelectMany(s => values.Select(v => s.SetItem(knob.Name, v)));
        }

        if (cells > options.MostSettings)
        {
            problems.Add($"the grid has {cells} settings, at most {options.MostSettings} are measured; narrow it with --knob NAME=V,…");
        }

        StartupException.ThrowIfAny(problems);
        return [ImmutableSortedDictionary<string, long>.Empty, .. settings.Where(s => !s.IsEmpty)];
    }
}
