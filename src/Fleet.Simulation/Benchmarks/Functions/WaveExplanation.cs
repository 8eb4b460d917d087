using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>Values explained as a constant, waves and a smooth rest.</summary>
/// <param name="Waves">The waves.</param>
/// <param name="LogRest">ln of the rest's standard deviation, in those of the values.</param>
/// <param name="LogWeight">ln of evidence times prior, up to a constant that all explanations of the same values share.</param>
internal sealed record WaveExplanation(ImmutableArray<Wave> Waves, double LogRest, double LogWeight);
