namespace Fleet.Controller.Grains;

/// <summary>What the proxies saw of one node in one slice, for its agent's own guard.</summary>
/// <param name="LatencyUs">Latency at the promised percentile, µs; null: it may be over the promise, and not beyond doubt or not alone.</param>
/// <param name="SlaUs">The promise, µs.</param>
/// <param name="RequestsPerSecond">Load.</param>
internal sealed record GuardSignal(double? LatencyUs, double SlaUs, double RequestsPerSecond)
{
    /// <summary>Whether the slice broke the promise beyond doubt.</summary>
    public bool Over => LatencyUs > SlaUs;
}
