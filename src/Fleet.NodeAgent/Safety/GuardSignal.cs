namespace Fleet.NodeAgent.Safety;

/// <summary>What the proxies saw of this node in one slice, as its controller passes it on.</summary>
/// <param name="LatencyUs">Latency at the promised percentile, µs; null: too few requests to say.</param>
/// <param name="SlaUs">The promise, µs.</param>
/// <param name="RequestsPerSecond">Load; null: not said.</param>
internal readonly record struct GuardSignal(double? LatencyUs, double SlaUs, double? RequestsPerSecond);
