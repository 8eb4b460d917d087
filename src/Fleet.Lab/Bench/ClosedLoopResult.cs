using Fleet.Core.Measurement;

namespace Fleet.Lab.Bench;

/// <summary>What a closed loop measured.</summary>
/// <param name="Requests">Requests answered rightly.</param>
/// <param name="Elapsed">Measured time.</param>
/// <param name="Cpu">CPU time that the target used in it; null when it is not one process.</param>
/// <param name="Latency">From sending to the end of the reply.</param>
internal sealed record ClosedLoopResult(long Requests, TimeSpan Elapsed, TimeSpan? Cpu, LatencyHistogram Latency);
