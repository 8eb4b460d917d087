namespace Fleet.Lab.Bench;

/// <summary>A target with what is asked of it.</summary>
/// <param name="Target">The target.</param>
/// <param name="Traffic">What is measured.</param>
/// <param name="OfStopping">What waits for the server that stops; null when the target has none of its items.</param>
internal sealed record CellTarget(RunningTarget Target, BenchTraffic Traffic, BenchTraffic? OfStopping);
