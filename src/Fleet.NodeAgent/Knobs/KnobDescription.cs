using Fleet.Core.Knobs;

namespace Fleet.NodeAgent.Knobs;

/// <summary>Whether a knob can be used on this host.</summary>
public enum KnobAvailability
{
    /// <summary>Readable and writable.</summary>
    Available,

    /// <summary>Readable, but this process may not write it.</summary>
    ReadOnly,

    /// <summary>The host does not have it.</summary>
    Absent,
}

/// <summary>A knob as found on this host.</summary>
/// <param name="Knob">Name, legal values, scale; an absent knob lists the values that it would have, or none when the host decides.</param>
/// <param name="Availability">Whether it can be used now.</param>
/// <param name="Reason">Why it cannot, with the next step; empty when available.</param>
/// <param name="CurrentValue">Value read now, in the knob's unit; null when unknown (never 0 for unknown).</param>
public sealed record KnobDescription(Knob Knob, KnobAvailability Availability, string Reason, long? CurrentValue)
{
    /// <summary>Whether the agent's options give it to controllers; a knob that is left alone is described and never written.</summary>
    public bool Tuned { get; init; } = true;

    /// <summary>Unit of the values, as the knob's name says it.</summary>
    public string Unit => KnobUnits.Of(Knob.Name);

    internal static KnobDescription Absent(string name, string reason) =>
        new(new Knob(name, [], KnobScale.Enum), KnobAvailability.Absent, reason, null);
}
