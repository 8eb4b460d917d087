using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.NodeAgent.Host;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The deepest idle state that cores may enter (Documentation/admin-guide/pm/cpuidle.rst): deeper ones are disabled per state on every
/// core. A state that the kernel disables by default stays disabled. The slot <c>pm_qos_resume_latency_us</c> is left alone: all
/// programs of the host share it.
/// </summary>
internal sealed class IdleStatesDriver(IHostFiles files, string sysfsRoot) : IKnobDriver
{
    private const string Disable = "disable";

    private readonly string _cpu = Path.Combine(sysfsRoot, "devices/system/cpu");

    /// <inheritdoc/>
    public string Name => "cpuidle";

    /// <inheritdoc/>
    public KnobCost Cost => KnobCost.Hint;

    /// <inheritdoc/>
    public IReadOnlyList<KnobDescription> Describe()
    {
        try
        {
            IReadOnlyList<string>[] cores = [.. Cores()];
            if (cores.Length == 0)
            {
                return [KnobDescription.Absent(KnobNames.IdleState, $"no core under '{_cpu}' has cpuidle states: no cpuidle driver")];
            }

            int states = cores.Min(c => c.Count);
            long[] deepest = [.. cores.Select(Deepest).Distinct()];
            string? obstacle = files.WriteObstacle(Path.Combine(cores[0][0], Disable));
            return
            [
                new(
                    new Knob(KnobNames.IdleState, [.. Enumerable.Range(0, states).Select(s => (long)s)], KnobScale.Linear),
                    obstacle is null ? KnobAvailability.Available : KnobAvailability.ReadOnly,
                    obstacle ?? "",
                    deepest.Length == 1 && deepest[0] >= 0 ? deepest[0] : null),
            ];
        }
        catch (KnobException e)
        {
            return [KnobDescription.Absent(KnobNames.IdleState, e.Message)];
        }
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Snapshot() =>
        Cores().SelectMany(states => states).ToDictionary(Place, s => files.Read(Path.Combine(s, Disable)));

    /// <inheritdoc/>
    public void Apply(IReadOnlyDictionary<string, long> values)
    {
        foreach (IReadOnlyList<string> states in Cores())
        {
            for (int i = 0; i < states.Count; i++)
            {
                Write(states[i], i > values[KnobNames.IdleState] || OffByDefault(states[i]) ? "1\n" : "0\n");
            }
        }
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, string> snapshot)
    {
        foreach (string state in Cores().SelectMany(s => s))
        {
            if (snapshot.TryGetValue(Place(state), out string? text))
            {
                Write(state, text);
            }
        }
    }

    /// <inheritdoc/>
    public string Identity() => string.Join(',', Cores().Select(s => s.Count.ToString(CultureInfo.InvariantCulture)));

    private IEnumerable<IReadOnlyList<string>> Cores() => files.Entries(_cpu, "cpu*")
        .Where(c => int.TryParse(Path.GetFileName(c)[3..], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(c => files.Entries(Path.Combine(c, "cpuidle"), "state*"))
        .Where(s => s.Count > 0);

    private long Deepest(IReadOnlyList<string> states) =>
        Enumerable.Range(0, states.Count).LastOrDefault(i => files.Read(Path.Combine(states[i], Disable)).Trim() == "0", -1);

    private bool OffByDefault(string state)
    {
        string path = Path.Combine(state, "default_status");
        return files.Exists(path) && files.Read(path).Trim() == "disabled";
    }

    private void Write(string state, string text)
    {
        string path = Path.Combine(state, Disable);
        if (files.Read(path).Trim() == text.Trim())
        {
            return;
        }

        files.Write(path, text);
        string found = files.Read(path).Trim();
        if (found != text.Trim())
        {
            throw new KnobException($"'{path}': wrote {text.Trim()}, reads back {found}");
        }
    }

    private static string Place(string state) =>
        $"{Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(state)))}.{Path.GetFileName(state)}.{Disable}";
}
