using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent.Sensors;

/// <summary>A sensor as found on this host.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Unit">Unit of its totals or values.</param>
/// <param name="Reason">Why it does not work, with what would fix it; empty when it works.</param>
public sealed record SensorDescription(string Name, string Unit, string Reason)
{
    /// <summary>Whether it works now; a sensor is never written, so it is available or absent.</summary>
    public KnobAvailability State => Available ? KnobAvailability.Available : KnobAvailability.Absent;

    /// <summary>Whether it works now.</summary>
    public bool Available => Reason.Length == 0;

    /// <summary>Whether a permission is all that is missing.</summary>
    public bool LacksPermission => Reason.Contains("CAP_", StringComparison.Ordinal);
}
