using Fleet.Core.Knobs;

namespace Fleet.Core.Measurement;

/// <summary>What a node's sensors saw in one interval.</summary>
/// <param name="End">End of the interval, on the receiver's clock.</param>
/// <param name="Duration">Length of the interval on the node's monotonic clock.</param>
/// <param name="PowerWatts">Mean power; null when unknown.</param>
/// <param name="Source">Where the power figure comes from.</param>
/// <param name="ServerCpu">CPU time of the server's processes.</param>
/// <param name="NapiCpu">CPU time of the device's NAPI threads, not part of <paramref name="ServerCpu"/>.</param>
/// <param name="ContextSwitches">Context switches of both.</param>
/// <param name="RxPackets">Packets received by the device.</param>
/// <param name="InForce">The setting as last read back.</param>
/// <param name="AgentEvent">Why the agent itself changed the setting; null when it did not.</param>
public sealed record NodeReading(
    DateTimeOffset End,
    TimeSpan Duration,
    double? PowerWatts,
    PowerSource Source,
    TimeSpan ServerCpu,
    TimeSpan NapiCpu,
    long ContextSwitches,
    long RxPackets,
    Setting InForce,
    string? AgentEvent)
{
    /// <summary>Why the host's knobs do not apply (its packets bypass the kernel); empty when they do.</summary>
    public string Bypass { get; init; } = "";
}
