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
/// <param name="Knob">Name, legal values, scale.</param>
/// <param name="Availability">Whether it can be used now.</param>
/// <param name="Reason">Why it cannot, with the next step; empty when available.</param>
/// <param name="CurrentValue">Value read now, in the knob's unit; null when unknown.</param>
public sealed record KnobDescription(Knob Knob, KnobAvailability Availability, string Reason, long? CurrentValue);
