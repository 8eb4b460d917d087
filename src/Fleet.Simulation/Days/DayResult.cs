using System.Collections.Immutable;

namespace Fleet.Simulation.Days;

/// <summary>What one policy did with one trace: sums, and a line of points for plots.</summary>
/// <param name="Joules">Energy of every server, searches included.</param>
/// <param name="OverSeconds">Server time in which the true percentile was over the promise; a server without load has none.</param>
/// <param name="ServingSeconds">Server time with load.</param>
/// <param name="OverRequests">Requests in slices over the promise.</param>
/// <param name="Requests">All requests.</param>
/// <param name="Trials">Windows spent on searching, every server.</param>
/// <param name="ActiveSeconds">Time-integral of the number of active servers.</param>
/// <param name="Points">Means of equal parts of the trace.</param>
internal sealed record DayResult(
    double Joules,
    double OverSeconds,
    double ServingSeconds,
    double OverRequests,
    double Requests,
    double Trials,
    double ActiveSeconds,
    ImmutableArray<DayPoint> Points);

/// <summary>One part of a day under one policy.</summary>
/// <param name="Hour">Middle of the part, hours from the start.</param>
/// <param name="Qps">Load of the whole fleet, requests per second.</param>
/// <param name="Watts">Power of the whole fleet.</param>
/// <param name="PercentileUs">Largest true percentile of any server in the part; null without load.</param>
/// <param name="ActiveNodes">Mean number of active servers.</param>
/// <param name="Setting">Setting of the first active server at the end of the part.</param>
public sealed record DayPoint(double Hour, double Qps, double Watts, double? PercentileUs, double ActiveNodes, string Setting);
