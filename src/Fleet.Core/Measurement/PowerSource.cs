namespace Fleet.Core.Measurement;

/// <summary>Where a power figure comes from. A model is never presented as a measurement.</summary>
public enum PowerSource
{
    /// <summary>No source: power is unknown, never 0.</summary>
    Unknown,

    /// <summary>Running average power limit counters of the processor.</summary>
    Rapl,

    /// <summary>A hardware monitoring chip.</summary>
    Hwmon,

    /// <summary>The baseboard management controller.</summary>
    Ipmi,

    /// <summary>Estimated from CPU time.</summary>
    Model,
}
