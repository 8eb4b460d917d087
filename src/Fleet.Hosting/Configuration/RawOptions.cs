using System.Globalization;

namespace Fleet.Hosting.Configuration;

/// <summary>
/// A service's options as text, from file, variables and flags, each stronger than the one before; read by type, problems collected.
/// </summary>
public sealed class RawOptions
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 0.001), ("us", 0.000_001), ("min", 60), ("s", 1), ("h", 3600), ("d", 86_400)];

    private readonly Dictionary<string, IReadOnlyList<string>> _values = new(StringComparer.Ordinal);
    private readonly List<string> _problems = [];

    /// <summary>
    /// Whether the configuration file could not be used at all: what it would have given is unknown, so other checks would mislead.
    /// </summary>
    public bool FileIsUnusable { get; private set; }

    /// <summary>Every problem found so far.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Lays the three layers over each other.</summary>
    /// <param name="service">Name of the service in variables, for example "proxy".</param>
    /// <param name="keys">Legal options.</param>
    /// <param name="file">The configuration file; null: none.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="flags">Values given on the command line, by option.</param>
    public static RawOptions Read(
        string service,
        IReadOnlyList<ConfigKey> keys,
        string? file,
        Func<string, string?> variable,
        IReadOnlyDictionary<string, IReadOnlyList<string>> flags)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(variable);
        ArgumentNullException.ThrowIfNull(flags);
        var raw = new RawOptions();
        if (file is not null)
        {
            IReadOnlyDictionary<string, IReadOnlyList<string>>? values = ConfigFile.Read(file, keys, raw._problems);
            raw.FileIsUnusable = values is null;
            raw.Lay(values ?? new Dictionary<string, IReadOnlyList<string>>());
        }

        foreach (ConfigKey key in keys)
        {
            if (variable(key.Variable(service)) is { Length: > 0 } text)
            {
                raw._values[key.Name] = key.Many ? text.Split(',', StringSplitOptions.TrimEntries) : [text];
            }
        }

        raw.Lay(flags);
        foreach (ConfigKey key in keys.Where(k => !k.Many && raw._values.GetValueOrDefault(k.Name) is { Count: > 1 }))
        {
            raw._problems.Add($"{key.Name} is given {raw._values[key.Name].Count} times; give it once");
        }

        return raw;
    }

    /// <summary>Every option that has a value, with its texts: what another process needs to read the same options.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Given => _values;

    /// <summary>Whether the option has a value.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The option's text.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(fallback))]
    public string? Text(string name, string? fallback) =>
        _values.TryGetValue(name, out IReadOnlyList<string>? v) && v.Count > 0 ? v[0] : fallback;

    /// <summary>All of the option's texts.</summary>
    public IReadOnlyList<string> Texts(string name) => _values.GetValueOrDefault(name) ?? [];

    /// <summary>The option's number.</summary>
    public double Number(string name, double fallback) => Parse(
        name, fallback, "a number", (string text, out double value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value));

    /// <summary>The option's whole number.</summary>
    public int Whole(string name, int fallback) => Parse(
        name, fallback, "a whole number", (string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value));

    /// <summary>The option's switch: on or off.</summary>
    public bool OnOff(string name, bool fallback) => Parse(
        name, fallback, "on or off", (string text, out bool value) =>
        {
            value = text == "on";
            return value || text == "off";
        });

    /// <summary>The option's duration: a number with unit us, ms, s, min, h or d; without a unit it is seconds.</summary>
    public TimeSpan Duration(string name, TimeSpan fallback) => Parse<TimeSpan>(
        name, fallback, "a duration such as 250ms, 5s or 5min", TryDuration);

    private static bool TryDuration(string text, out TimeSpan value)
    {
        (string unit, double seconds) = Units.FirstOrDefault(
            u => text.EndsWith(u.Unit, StringComparison.Ordinal), (Unit: "", Seconds: 1.0));
        bool legal = double.TryParse(text[..^unit.Length].Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double amount)
            && Math.Abs(amount * seconds) < TimeSpan.MaxValue.TotalSeconds / 2;
        value = legal ? TimeSpan.FromSeconds(amount * seconds) : default;
        return legal;
    }

    private T Parse<T>(string name, T fallback, string rule, TryParse<T> parse)
    {
        string? text = Text(name, null);
        if (text is null)
        {
            return fallback;
        }

        if (parse(text, out T value))
        {
            return value;
        }

        _problems.Add($"{name} is '{text}': legal is {rule}");
        return fallback;
    }

    private void Lay(IReadOnlyDictionary<string, IReadOnlyList<string>> values)
    {
        foreach ((string name, IReadOnlyList<string> texts) in values)
        {
            _values[name] = texts;
        }
    }

    private delegate bool TryParse<T>(string text, out T value);
}
