namespace Fleet.Simulation.Benchmarks;

/// <summary>Means over the runs of one method at one load and SLA. Costs are the surface's own values, not noisy measurements.</summary>
/// <param name="Qps">Load, requests per second.</param>
/// <param name="SlaUs">Promise, µs.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Runs">Seeds.</param>
/// <param name="TrialsTo5Percent">Trials until one within 5 % of the exhaustive optimum that meets the SLA, mean of the runs that
/// got there; null when none did.</param>
/// <param name="Reached5Percent">Share of runs that got there, 0 to 1.</param>
/// <param name="TrialsTo3Percent">The same within 3 %.</param>
/// <param name="Reached3Percent">Share of runs that got there, 0 to 1.</param>
/// <param name="TrialsAtStop">Windows spent in all, replications of the winner included.</param>
/// <param name="FinalOverBest">Cost of the setting that was held in the end over the optimum's: watts, joules per request or latency,
/// by the objective.</param>
/// <param name="BreakingTrials">Trials whose true latency is above the SLA (power above the cap).</param>
/// <param name="FinalBreaksSlaShare">Share of runs whose final setting's true latency is above the SLA (power above the cap), 0 to 1.</param>
/// <param name="MeanWattsWhileSearching">Mean watts of the trials; the final's watts for a method that does not search.</param>
/// <param name="SavingOverDefault">1 − final cost over the default row's, 0 to 1; null without a default row.</param>
/// <param name="PowerCapWatts">Cap, watts, where the objective limits power; then the SLA is 0 and latency the cost.</param>
public sealed record BenchmarkRow(
    double Qps,
    double SlaUs,
    string Method,
    int Runs,
    double? TrialsTo5Percent,
    double Reached5Percent,
    double? TrialsTo3Percent,
    double Reached3Percent,
    double TrialsAtStop,
    double FinalOverBest,
    double BreakingTrials,
    double FinalBreaksSlaShare,
    double MeanWattsWhileSearching,
    double? SavingOverDefault,
    double? PowerCapWatts = null);
