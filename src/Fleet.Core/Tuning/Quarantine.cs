using Fleet.Core.Knobs;

namespace Fleet.Core.Tuning;

/// <summary>
/// Settings that broke the SLA while held, shut away for a time that doubles with every strike; and settings that the host refuses.
/// </summary>
internal sealed class Quarantine(TunerOptions options)
{
    private readonly Dictionary<Setting, (int Strikes, DateTimeOffset Until)> _shut = [];
    private readonly HashSet<Setting> _refused = [];

    /// <summary>Adds a strike; the default is never shut away.</summary>
    public void Strike(Setting setting, DateTimeOffset now)
    {
        if (setting.IsDefault)
        {
            return;
        }

        int strikes = _shut.TryGetValue(setting, out var old) && now - old.Until < options.QuarantineMax ? old.Strikes + 1 : 1;
        double seconds = Math.Min(
            options.QuarantineFirst.TotalSeconds * Math.Pow(2, Math.Min(strikes - 1, 30)), options.QuarantineMax.TotalSeconds);
        _shut[setting] = (strikes, now + TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Marks a setting that the host does not take.</summary>
    public void Refuse(Setting setting)
    {
        if (!setting.IsDefault)
        {
            _refused.Add(setting);
        }
    }

    /// <summary>Whether the setting must not be used now.</summary>
    public bool Holds(Setting setting, DateTimeOffset now) =>
        _refused.Contains(setting) || (_shut.TryGetValue(setting, out var shut) && now < shut.Until);

    /// <summary>Every setting that must not be used now, in a stable order.</summary>
    public IEnumerable<Setting> Excluded(DateTimeOffset now) => _refused
        .Concat(_shut.Where(s => now < s.Value.Until).Select(s => s.Key)).Distinct()
        .OrderBy(s => s.ToString(), StringComparer.Ordinal);

    /// <summary>Whether some setting that was shut away has come out since <paramref name="since"/>.</summary>
    public bool Released(DateTimeOffset since, DateTimeOffset now) => _shut.Values.Any(s => s.Until > since && s.Until <= now);

    /// <summary>Forgives every strike: the promise was relaxed.</summary>
    public void Forgive() => _shut.Clear();
}
