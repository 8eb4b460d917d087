using System.Collections.Immutable;

namespace Fleet.Core.Knobs;

/// <summary>The knobs of one hardware class: every combination of legal values is a setting, and so is the kernel default.</summary>
public sealed class KnobSpace : IEquatable<KnobSpace>
{
    /// <summary>Creates the space; knobs are kept in ordinal order of their names so that order of discovery does not matter.</summary>
    /// <exception cref="ArgumentException">A knob has no legal value, values out of order, or a name twice.</exception>
    public KnobSpace(IEnumerable<Knob> knobs)
    {
        Knobs = [.. knobs.OrderBy(k => k.Name, StringComparer.Ordinal)];
        for (int i = 0; i < Knobs.Length; i++)
        {
            Knob knob = Knobs[i];
            if (knob.LegalValues.IsDefaultOrEmpty || knob.LegalValues.Zip(knob.LegalValues.Skip(1)).Any(p => p.First >= p.Second))
            {
                throw new ArgumentException($"knob {knob.Name}: legal values must be ascending and at least one", nameof(knobs));
            }

            if (i > 0 && Knobs[i - 1].Name == knob.Name)
            {
                throw new ArgumentException($"knob {knob.Name} is given twice", nameof(knobs));
            }
        }
    }

    /// <summary>Knobs in ordinal order of their names.</summary>
    public ImmutableArray<Knob> Knobs { get; }

    /// <summary>Number of settings beside the kernel default; 0 without knobs.</summary>
    public long Cells => Knobs.Length == 0 ? 0 : Knobs.Aggregate(1L, (cells, knob) => checked(cells * knob.LegalValues.Length));

    /// <summary>Every setting beside the kernel default, in lexical order of the knobs' values.</summary>
    public IEnumerable<Setting> Enumerate()
    {
        for (long cell = 0; cell < Cells; cell++)
        {
            yield return this[cell];
        }
    }

    /// <summary>The setting with the given index, 0 to <see cref="Cells"/> - 1.</summary>
    public Setting this[long cell]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(cell);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cell, Cells);
            var values = new KeyValuePair<string, long>[Knobs.Length];
            for (int i = Knobs.Length - 1; i >= 0; i--)
            {
                ImmutableArray<long> legal = Knobs[i].LegalValues;
                values[i] = new(Knobs[i].Name, legal[(int)(cell % legal.Length)]);
                cell /= legal.Length;
            }

            return new Setting(values);
        }
    }

    /// <summary>Whether the setting is the default or names each knob once with a legal value.</summary>
    public bool Contains(Setting setting) => setting.IsDefault || (setting.Values.Count == Knobs.Length
        && Knobs.All(k => setting.Values.TryGetValue(k.Name, out long v) && k.LegalValues.BinarySearch(v) >= 0));

    /// <inheritdoc/>
    public bool Equals(KnobSpace? other) => other is not null && Knobs.SequenceEqual(other.Knobs);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as KnobSpace);

    /// <inheritdoc/>
    public override int GetHashCode() => Knobs.Aggregate(17, HashCode.Combine);
}
