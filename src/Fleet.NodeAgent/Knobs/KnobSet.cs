using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Knobs;

/// <summary>The host's drivers as one: a setting goes to all of them or to none.</summary>
internal sealed class KnobSet(IReadOnlyList<IKnobDriver> drivers)
{
    /// <summary>Every knob of every driver, as found now.</summary>
    internal IReadOnlyList<KnobDescription> Describe() => [.. drivers.SelectMany(d => d.Describe())];

    /// <summary>What identifies the host's objects behind the knobs.</summary>
    internal string Identity() => string.Join(';', drivers.Select(d => d.Identity()));

    /// <summary>Raw values by driver and place.</summary>
    /// <exception cref="KnobException">The host cannot be read.</exception>
    internal SortedDictionary<string, long> Snapshot()
    {
        var all = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (IKnobDriver driver in drivers)
        {
            foreach ((string place, long value) in driver.Snapshot())
            {
                all[$"{driver.Name}/{place}"] = value;
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

        IReadOnlyList<KnobDescription> known = Describe();
        var problems = new List<string>();
        foreach ((string name, long value) in setting.Values)
        {
            KnobDescription? found = known.FirstOrDefault(k => k.Knob.Name == name);
            if (found is null)
            {
                problems.Add($"unknown knob {name}; this node has {string.Join(", ", known.Select(k => k.Knob.Name))}");
            }
            else if (found.Availability != KnobAvailability.Available)
            {
                problems.Add($"knob {name} is not available: {found.Reason}");
            }
            else if (!found.Knob.LegalValues.Contains(value))
            {
                problems.Add($"{name} = {value} is not legal; legal: {string.Join(", ", found.Knob.LegalValues)}");
            }
        }

        problems.AddRange(known
            .Where(k => k.Availability == KnobAvailability.Available && !setting.Values.ContainsKey(k.Knob.Name))
            .Select(k => $"the setting leaves out {k.Knob.Name}; a setting names every available knob, or none for the default"));
        return problems;
    }

    /// <summary>Applies a checked setting to every driver, or leaves the host as it was.</summary>
    /// <exception cref="KnobException">The host refused; the previous values are back (or the message says that they are not).</exception>
    internal void Apply(Setting setting) => Transaction(driver => driver.Apply(Mine(driver, setting)));

    /// <summary>Writes raw values of <see cref="Snapshot"/>, or leaves the host as it was.</summary>
    /// <exception cref="KnobException">The host refused.</exception>
    internal void Restore(IReadOnlyDictionary<string, long> raw) => Transaction(driver => driver.Restore(Mine(driver, raw)));

    private static Dictionary<string, long> Mine(IKnobDriver driver, Setting setting)
    {
        var names = driver.Describe().Where(k => k.Availability == KnobAvailability.Available).Select(k => k.Knob.Name).ToHashSet();
        return setting.Values.Where(v => names.Contains(v.Key)).ToDictionary(v => v.Key, v => v.Value);
    }

    private static Dictionary<string, long> Mine(IKnobDriver driver, IReadOnlyDictionary<string, long> raw)
    {
        string prefix = driver.Name + "/";
        return raw.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(v => v.Key[prefix.Length..], v => v.Value);
    }

    private void Transaction(Action<IKnobDriver> write)
    {
        var before = drivers.Select(d => (Driver: d, Values: d.Snapshot())).ToList();
        int done = 0;
        try
        {
            for (; done < drivers.Count; done++)
            {
                write(drivers[done]);
            }
        }
        catch (KnobException refused)
        {
            try
            {
                // The driver that failed may be half-written: it goes back too.
                for (int i = Math.Min(done, before.Count - 1); i >= 0; i--)
                {
                    before[i].Driver.Restore(before[i].Values);
                }
            }
            catch (KnobException stuck)
            {
                throw new KnobException($"{refused.Message}; going back failed as well: {stuck.Message}", refused);
            }

            throw;
        }
    }
}
