namespace Fleet.Core.Models;

/// <summary>Posterior of one setting at the scorer's load, in logarithms.</summary>
/// <param name="LogWatts">Mean of ln watts.</param>
/// <param name="WattsSd">Standard deviation of ln watts.</param>
/// <param name="LogLatency">Mean of ln latency (µs).</param>
/// <param name="LatencySd">Standard deviation of ln latency.</param>
internal readonly record struct Forecast(double LogWatts, double WattsSd, double LogLatency, double LatencySd);
