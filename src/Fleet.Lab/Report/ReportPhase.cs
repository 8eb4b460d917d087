namespace Fleet.Lab.Report;

/// <summary>A part of the run.</summary>
/// <param name="Name">Short name, for marks in plots.</param>
/// <param name="StartSeconds">When it began.</param>
/// <param name="EndSeconds">When it ended.</param>
public sealed record ReportPhase(string Name, double StartSeconds, double EndSeconds);
