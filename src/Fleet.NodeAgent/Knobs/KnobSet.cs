using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Knobs;

/// <summary>
/// The host's drivers as one: a setting goes to all of them or to none, the cheapest first. Only drivers with a selected knob are ever
/// read back or written; one whose knobs are absent joins when they appear.
/// </summary>
internal sealed class KnobSet : IDisposable
{
    private readonly IKnobDriver[] _drivers;
    private readonly KnobSelection _selection;
    private readonly Action<string> _step;
    private readonly Dictionary<IKnobDriver, string[]> _names;

    /// <summary>Drivers that a setting is in force on: those whose values have to be there.</summary>
    private readonly HashSet<IKnobDriver> _engaged = [];

    /// <param name="drivers">Every driver of the host.</param>
    /// <param name="selection">Knobs that may be written; null: all.</param>
    /// <param name="step">Called before and after each driver's write, with what is done.</param>
    internal KnobSet(IReadOnlyList<IKnobDriver> drivers, KnobSelection? selection = null, Action<string>? step = null)
    {
        _drivers = [.. drivers.OrderBy(d => d.Cost)];
        _selection = selection ?? new KnobSelection(["*"]);
        _step = step ?? (_ => { });
        _names = _drivers.ToDictionary(d => d, d => d.Describe().Select(k => k.Knob.Name).ToArray());
    }

    /// <summary>Why no knob applies to this host at all (kernel bypass); null when they do.</summary>
    internal Func<string?> NotApplicable { get; init; } = () => null;

    /// <summary>Whether the network device is gone, and its knobs' values with it.</summary>
    internal Func<bool> DeviceGone { get; init; } = () => false;

    /// <summary>Every knob of every driver, as found now.</summary>
    internal IReadOnlyList<KnobDescription> Describe() => Describe(_drivers);

    private IReadOnlyList<KnobDescription> Describe(IEnumerable<IKnobDriver> drivers)
    {
        string? bypass = NotApplicable();
        return [.. drivers.SelectMany(d => d.Describe())
            .OrderBy(k => Array.IndexOf(KnobNames.All, k.Knob.Name))
            .Select(k => k with { Tuned = _selection.Contains(k.Knob.Name) })
            .Select(k => bypass is not null && k.Availability == KnobAvailability.Available
                ? k with { Availability = KnobAvailability.ReadOnly, Reason = bypass } : k)];
    }

    /// <summary>What identifies the host's objects behind the knobs.</summary>
    internal string Identity() => string.Join(';', Present().Select(d => d.Identity()));

    /// <summary>Raw texts by driver and place.</summary>
    /// <exception cref="KnobException">The host cannot be read.</exception>
    internal SortedDictionary<string, string> Snapshot()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (IKnobDriver driver in Present())
        {
            foreach ((string place, string text) in driver.Snapshot())
            {
                all[$"{driver.Name}/{place}"] = text;
            }
        }

        return all;
    }

    /// <summary>Problems of a setting: knobs that are unknown, missing or not available, and values that are not legal.</summary>
    internal IReadOnlyList<string> Check(Setting setting)
    {
        if (setting.IsDefault)
        {
            return [];
        }

        IReadOnlyList<KnobDescription> known = Describe(_drivers.Where(d => Selected(d) || Named(d, setting.Values.Keys)));
        var problems = new List<string>();
        foreach ((string name, long value) in setting.Values)
        {
            KnobDescription? found = known.FirstOrDefault(k => k.Knob.Name == name);
            if (found is null)
            {
                problems.Add($"unknown knob {name}; this node has {string.Join(", ", _names.Values.SelectMany(n => n))}");
            }
            else if (found.Availability != KnobAvailability.Available)
            {
                problems.Add($"knob {name} is not available: {found.Reason}");
            }
            else if (!found.Tuned)
            {
                problems.Add($"knob {name} is left alone on this node; its agent's --knobs does not name it");
            }
            else if (!found.Knob.LegalValues.Contains(value))
            {
                problems.Add($"{name} = {value} is not legal; legal: {string.Join(", ", found.Knob.LegalValues)}");
            }
        }

        problems.AddRange(known
            .Where(k => k is { Availability: KnobAvailability.Available, Tuned: true } && !setting.Values.ContainsKey(k.Knob.Name))
            .Select(k => $"the setting leaves out {k.Knob.Name}; a setting names every available knob, or none for the default"));
        return problems;
    }

    /// <summary>Values now of the knobs that a setting names; unknown ones are left out.</summary>
    internal IReadOnlyDictionary<string, long> Values(IEnumerable<string> knobs)
    {
        var names = knobs.ToHashSet();
        return _drivers.Where(d => Named(d, names)).SelectMany(d => d.Describe())
            .Where(k => names.Contains(k.Knob.Name) && k.CurrentValue is not null)
            .ToDictionary(k => k.Knob.Name, k => k.CurrentValue!.Value);
    }

    /// <summary>Applies a checked setting to every driver, or leaves the host as it was.</summary>
    /// <exception cref="KnobException">The host refused; the previous values are back (or the message says that they are not).</exception>
    internal void Apply(Setting setting)
    {
        var values = _drivers.Where(d => Named(d, setting.Values.Keys))
            .Select(d => (Driver: d, Values: _names[d].Where(setting.Values.ContainsKey).ToDictionary(n => n, n => setting.Values[n])))
            .ToList();
        Transaction(values.Select(v => v.Driver), driver => driver.Apply(values.First(v => v.Driver == driver).Values));
        _engaged.UnionWith(values.Select(v => v.Driver));
    }

    /// <summary>
    /// Writes raw texts of <see cref="Snapshot"/>, the last written driver first. One that fails does not keep the others from going back;
    /// the knobs of a device that is gone are skipped.
    /// </summary>
    /// <exception cref="KnobException">The host refused some of it.</exception>
    internal void Restore(IReadOnlyDictionary<string, string> raw)
    {
        bool gone = DeviceGone();
        GoBack(_drivers.Reverse().Where(d => !(gone && d.OfDevice)).Select(d => (d, Mine(d, raw))).Where(d => d.Item2.Count > 0));
        _engaged.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable driver in _drivers.OfType<IDisposable>())
        {
            driver.Dispose();
        }
    }

    private IEnumerable<IKnobDriver> Present() => _drivers.Where(d => _engaged.Contains(d) || (Selected(d) && d.Describe()
        .Any(k => k.Availability == KnobAvailability.Available && _selection.Contains(k.Knob.Name))));

    private bool Selected(IKnobDriver driver) => _names[driver].Any(_selection.Contains);

    private bool Named(IKnobDriver driver, IEnumerable<string> names) => names.Intersect(_names[driver]).Any();

    private static IReadOnlyDictionary<string, string> Mine(IKnobDriver driver, IReadOnlyDictionary<string, string> raw)
    {
        string prefix = driver.Name + "/";
        return raw.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(v => v.Key[prefix.Length..], v => v.Value);
    }

    private void Transaction(IEnumerable<IKnobDriver> drivers, Action<IKnobDriver> write)
    {
        var before = drivers.Select(d => (Driver: d, Values: d.Snapshot())).ToList();
        int done = 0;
        try
        {
            for (; done < before.Count; done++)
            {
                _step($"before {before[done].Driver.Name}");
                write(before[done].Driver);
                _step($"after {before[done].Driver.Name}");
            }
        }
        catch (KnobException refused)
        {
            try
            {
                // The driver that failed may be half-written: it goes back too.
                GoBack(before.Take(done + 1).Reverse().Select(b => (b.Driver, b.Values)));
            }
            catch (KnobException stuck)
            {
                throw new KnobException($"{refused.Message}; going back failed as well: {stuck.Message}", refused);
            }

            throw;
        }
    }

    private void GoBack(IEnumerable<(IKnobDriver Driver, IReadOnlyDictionary<string, string> Values)> drivers)
    {
        var failures = new List<string>();
        foreach ((IKnobDriver driver, IReadOnlyDictionary<string, string> values) in drivers)
        {
            try
            {
                _step($"before {driver.Name} goes back");
                driver.Restore(values);
            }
            catch (KnobException e)
            {
                failures.Add(e.Message);
            }
        }

        if (failures.Count > 0)
        {
            throw new KnobException(string.Join("; ", failures));
        }
    }
}
