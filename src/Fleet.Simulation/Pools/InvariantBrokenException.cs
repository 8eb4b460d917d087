namespace Fleet.Simulation.Pools;

/// <summary>An invariant of a simulated pool is broken; the message names it and holds the line that replays the run.</summary>
/// <param name="message">What is wrong and how to see it again.</param>
public sealed class InvariantBrokenException(string message) : Exception(message);
