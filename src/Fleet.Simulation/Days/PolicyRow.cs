using System.Collections.Immutable;

namespace Fleet.Simulation.Days;

/// <summary>One policy under one promise and fleet size: means over the seeds.</summary>
/// <param name="Name">The policy.</param>
/// <param name="SlaUs">Promise, microseconds.</param>
/// <param name="Nodes">Fleet size.</param>
/// <param name="Runs">Seeds; a policy without chance is played once.</param>
/// <param name="Joules">Energy of all servers over the trace, searches included.</param>
/// <param name="OverOracle">Energy over the oracle's.</param>
/// <param name="SavingOverDefault">1 − energy over the default's.</param>
/// <param name="ShareOfSlicesOverSla">Share of server time with a percentile over the promise, 0 to 1.</param>
/// <param name="ShareOfRequestsOverSla">Share of requests in such slices, 0 to 1.</param>
/// <param name="Trials">Windows spent on searching, all servers.</param>
/// <param name="MeanActiveNodes">Mean number of servers with load.</param>
public sealed record PolicyRow(
    string Name,
    double SlaUs,
    int Nodes,
    int Runs,
    double Joules,
    double OverOracle,
    double SavingOverDefault,
    double ShareOfSlicesOverSla,
    double ShareOfRequestsOverSla,
    double Trials,
    double MeanActiveNodes);

/// <summary>The course of one policy's day, first seed: what the plots draw.</summary>
/// <param name="Name">The policy.</param>
/// <param name="SlaUs">Promise, microseconds.</param>
/// <param name="Nodes">Fleet size.</param>
/// <param name="Points">Equal parts of the trace.</param>
public sealed record PolicyCourse(string Name, double SlaUs, int Nodes, ImmutableArray<DayPoint> Points);
