namespace Fleet.Lab.Report;

/// <summary>A node at the end of the run.</summary>
/// <param name="Id">The node.</param>
/// <param name="Setting">The setting in force, <c>knob=value …</c> or <c>default</c>.</param>
/// <param name="Phase">Where its tuner was.</param>
/// <param name="Trials">Settings tried.</param>
/// <param name="Reason">Why it is where it is.</param>
public sealed record ReportNode(string Id, string Setting, string Phase, int Trials, string Reason);
