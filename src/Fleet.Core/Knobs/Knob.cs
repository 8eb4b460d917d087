using System.Collections.Immutable;

namespace Fleet.Core.Knobs;

/// <summary>A tunable of a node: a name with its unit, the legal values, and how they compare.</summary>
/// <param name="Name">Stable dotted name with the unit last, for example <c>napi.gro_flush_timeout_us</c>.</param>
/// <param name="LegalValues">Ascending legal values in the knob's unit; at least one.</param>
/// <param name="Scale">How distances between values are judged.</param>
public sealed record Knob(string Name, ImmutableArray<long> LegalValues, KnobScale Scale)
{
    /// <inheritdoc/>
    public bool Equals(Knob? other) =>
        other is not null && Name == other.Name && Scale == other.Scale && LegalValues.SequenceEqual(other.LegalValues);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Scale, LegalValues.Length);
}
