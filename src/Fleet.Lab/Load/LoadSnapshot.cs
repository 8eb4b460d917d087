namespace Fleet.Lab.Load;

/// <summary>Progress of a load.</summary>
/// <param name="Elapsed">Time since the load proper began; zero while keys are preloaded.</param>
/// <param name="PreloadRatio">Share of keys stored, 0 to 1; 1 once the load proper runs.</param>
/// <param name="Last">The interval since the previous snapshot.</param>
/// <param name="Requests">Requests ended so far.</param>
/// <param name="Failed">Failures so far.</param>
public sealed record LoadSnapshot(TimeSpan Elapsed, double PreloadRatio, LoadWindow Last, long Requests, long Failed);
