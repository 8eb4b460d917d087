using Fleet.Controller.Grains;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Wire;

/// <summary>
/// Measurements as received. Their times are set by this controller's clock at receipt, so that slices and readings of hosts with
/// different clocks line up.
/// </summary>
internal static class MeasurementWire
{
    /// <summary>A proxy's slice.</summary>
    /// <exception cref="ArgumentException">The histogram or the duration makes no sense.</exception>
    public static NodeSlice ToCore(this V1.TrafficSlice slice, DateTimeOffset now)
    {
        TimeSpan duration = Duration(slice.DurationMs, $"slice of node {slice.NodeId}");
        V1.LatencyHistogram latency = slice.Latency ?? new V1.LatencyHistogram();
        return new NodeSlice(slice.PoolId, slice.NodeId, new TrafficSlice(
            now - duration,
            duration,
            checked((long)slice.Requests),
            checked((long)slice.Errors),
            checked((long)slice.InFlight),
            LatencyHistogram.FromSparse(latency.Buckets, latency.Counts, latency.SumUs, latency.MaxUs),
            slice.HasReachable ? slice.Reachable : null,
            checked((long)slice.GetHits),
            checked((long)slice.GetMisses)));
    }

    /// <summary>An agent's reading.</summary>
    /// <exception cref="ArgumentException">The duration makes no sense.</exception>
    public static NodeReading ToCore(this V1.NodeReading reading, DateTimeOffset now) => new(
        reading.KeptMs == 0 ? now : now - Duration(reading.KeptMs, "kept reading"),
        Duration(reading.DurationMs, "reading"),
        reading.HasPowerWatts ? reading.PowerWatts : null,
        reading.PowerSource.ToCore(),
        TimeSpan.FromMilliseconds(reading.ServerCpuMs),
        TimeSpan.FromMilliseconds(reading.NapiCpuMs),
        checked((long)reading.ContextSwitches),
        checked((long)reading.RxPackets),
        reading.Setting.ToCore(),
        reading.AgentEvent.Length == 0 ? null : reading.AgentEvent)
    {
        Bypass = reading.Bypass,
    };

    /// <summary>A slice as the agent's guard takes it.</summary>
    public static V1.GuardSignal ToProto(this GuardSignal signal)
    {
        var proto = new V1.GuardSignal { SlaUs = signal.SlaUs, RequestsPerSecond = signal.RequestsPerSecond };
        if (signal.LatencyUs is { } latency)
        {
            proto.LatencyUs = latency;
        }

        return proto;
    }

    private static TimeSpan Duration(double ms, string what) => double.IsFinite(ms) && ms is > 0 and <= 3_600_000
        ? TimeSpan.FromMilliseconds(ms)
        : throw new ArgumentException($"{what}: duration is {ms} ms, legal is above 0 and at most 3600000");
}
