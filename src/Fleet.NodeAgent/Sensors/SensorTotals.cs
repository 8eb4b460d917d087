using Fleet.Core.Measurement;

namespace Fleet.NodeAgent.Sensors;

/// <summary>Running totals of every sensor at one moment; an interval's reading is the difference of two.</summary>
/// <param name="At">Monotonic time.</param>
/// <param name="ServerCpu">CPU time of the server's processes, or of the host without the NAPI threads.</param>
/// <param name="NapiCpu">CPU time of the device's NAPI threads.</param>
/// <param name="Switches">Context switches of both.</param>
/// <param name="RxPackets">Packets received by the device.</param>
/// <param name="Joules">Energy; null when no source works.</param>
/// <param name="Source">Where the energy comes from.</param>
/// <param name="Problems">Sensors that did not work for this sample, with the reason.</param>
internal sealed record SensorTotals(
    TimeSpan At,
    TimeSpan ServerCpu,
    TimeSpan NapiCpu,
    long Switches,
    long RxPackets,
    double? Joules,
    PowerSource Source,
    IReadOnlyList<string> Problems)
{
    /// <summary>Every sensor that works, with its source, age and quality.</summary>
    internal IReadOnlyList<SensorReading> Readings { get; init; } = [];
}
