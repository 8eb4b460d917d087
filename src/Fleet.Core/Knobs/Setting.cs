using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Core.Knobs;

/// <summary>One value per knob, compared by value. Without values it is the kernel default: every knob as the agent found it.</summary>
public sealed class Setting : IEquatable<Setting>
{
    private readonly ImmutableSortedDictionary<string, long> _values;

    /// <summary>Creates a setting from knob values.</summary>
    public Setting(IEnumerable<KeyValuePair<string, long>> values) =>
        _values = values.ToImmutableSortedDictionary(StringComparer.Ordinal);

    /// <summary>The kernel default: every knob at the value that the agent found.</summary>
    public static Setting Default { get; } = new([]);

    /// <summary>Values by knob name, in ordinal order of the names.</summary>
    public IReadOnlyDictionary<string, long> Values => _values;

    /// <summary>Whether this is the kernel default.</summary>
    public bool IsDefault => _values.Count == 0;

    /// <summary>The knob's value; throws when the setting does not name the knob.</summary>
    public long this[string knob] => _values[knob];

    /// <inheritdoc/>
    public bool Equals(Setting? other) => other is not null && _values.SequenceEqual(other._values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Setting);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach ((string knob, long value) in _values)
        {
            hash.Add(knob, StringComparer.Ordinal);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    /// <summary>For people: <c>knob=value …</c>, or <c>default</c>.</summary>
    public override string ToString() => IsDefault
        ? "default"
        : string.Join(' ', _values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value}")));
}
