namespace Fleet.Lab.Report;

/// <summary>One thing that a run was to show.</summary>
/// <param name="Name">Short name, stable: "no-failed-requests", "promise-kept", "p99-tuned", "cpu-saved".</param>
/// <param name="Text">The claim in words.</param>
/// <param name="Measured">What was measured; null when nothing was.</param>
/// <param name="Threshold">The bound.</param>
/// <param name="Unit">Unit of both: "ratio", "us", "requests".</param>
/// <param name="Holds">Whether the measurement meets the bound.</param>
/// <param name="DecidesExit">Whether a miss makes the command exit with 1.</param>
public sealed record DemoClaim(string Name, string Text, double? Measured, double Threshold, string Unit, bool Holds, bool DecidesExit);
