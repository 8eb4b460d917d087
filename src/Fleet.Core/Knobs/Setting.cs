using System.Collections.Immutable;
using System.Globalization;

namespace Fleet.Core.Knobs;

/// <summary>One value per knob, compared by value. Without values it is the kernel default: every knob as the agent found it.</summary>
public sealed class Setting : IEquatable<Setting>
{
    private readonly ImmutableSortedDictionary<string, long> _values;

    // Settings are compared thousands of times a second, so the pairs are laid out once and the hash is kept.
    private readonly string[] _knobs;
    private readonly long[] _numbers;
    private readonly int _hash;
    private string? _text;

    /// <summary>Creates a setting from knob values.</summary>
    public Setting(IEnumerable<KeyValuePair<string, long>> values)
    {
        _values = values.ToImmutableSortedDictionary(StringComparer.Ordinal);
        _knobs = [.. _values.Keys];
        _numbers = [.. _values.Values];
        var hash = default(HashCode);
        for (int i = 0; i < _knobs.Length; i++)
        {
            hash.Add(_knobs[i], StringComparer.Ordinal);
            hash.Add(_numbers[i]);
        }

        _hash = hash.ToHashCode();
    }

    /// <summary>The kernel default: every knob at the value that the agent found.</summary>
    public static Setting Default { get; } = new([]);

    /// <summary>Values by knob name, in ordinal order of the names.</summary>
    public IReadOnlyDictionary<string, long> Values => _values;

    /// <summary>Whether this is the kernel default.</summary>
    public bool IsDefault => _values.Count == 0;

    /// <summary>The knob's value; throws when the setting does not name the knob.</summary>
    public long this[string knob] => _values[knob];

    /// <inheritdoc/>
    public bool Equals(Setting? other) => ReferenceEquals(this, other)
        || (other is not null && _hash == other._hash && _numbers.AsSpan().SequenceEqual(other._numbers)
            && _knobs.AsSpan().SequenceEqual(other._knobs));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Setting);

    /// <inheritdoc/>
    public override int GetHashCode() => _hash;

    /// <summary>For people: <c>knob=value …</c>, or <c>default</c>.</summary>
    public override string ToString() => _text ??= IsDefault
        ? "default"
        : string.Join(' ', _values.Select(v => string.Create(CultureInfo.InvariantCulture, $"{v.Key}={v.Value}")));
}
