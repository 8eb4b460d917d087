namespace Fleet.Cli.Bench;

/// <summary>What an agent costs its host.</summary>
/// <param name="WarmUpSeconds">Time that readings were watched before.</param>
/// <param name="Seconds">Measured time.</param>
/// <param name="Readings">Readings received in it.</param>
/// <param name="ReadingsPerSecond">Their rate.</param>
/// <param name="CpuPercentOfOneCore">CPU time of all threads of the agent in that time.</param>
/// <param name="CpuPercentMedian">The median of its windows of 5 s.</param>
/// <param name="CpuPercentLowerQuartile">Their lower quartile: what a virtual machine's host takes away is in the others.</param>
/// <param name="ResidentMib">Resident memory at its end, MiB.</param>
/// <param name="PeakResidentMib">Most resident memory since the agent started, MiB.</param>
/// <param name="Knobs">Knobs of the applied setting.</param>
/// <param name="Applies">Settings applied after the first.</param>
/// <param name="FirstApplyMs">The first one of the agent's life, with its journal, ms.</param>
/// <param name="FirstCallMs">The whole call of the first one as the controller sees it, ms.</param>
/// <param name="ApplyMedianMs">Median time that a change took on the host, with read-back and the audit's two readings, ms.</param>
/// <param name="ApplyP99Ms">Its 99th percentile, ms.</param>
/// <param name="CallMedianMs">Median of the whole call as the controller sees it, ms.</param>
/// <param name="Sensors">Sensors in a reading.</param>
/// <param name="Host">Processors and kernel.</param>
public sealed record AgentBenchmarkReport(
    double WarmUpSeconds,
    double Seconds,
    int Readings,
    double ReadingsPerSecond,
    double CpuPercentOfOneCore,
    double CpuPercentMedian,
    double CpuPercentLowerQuartile,
    double ResidentMib,
    double PeakResidentMib,
    IReadOnlyList<string> Knobs,
    int Applies,
    double FirstApplyMs,
    double FirstCallMs,
    double ApplyMedianMs,
    double ApplyP99Ms,
    double CallMedianMs,
    int Sensors,
    string Host);
