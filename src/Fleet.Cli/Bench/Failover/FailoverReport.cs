namespace Fleet.Cli.Bench.Failover;

/// <summary>Result of the failover benchmark.</summary>
/// <param name="Rows">One per strike.</param>
/// <param name="PauseSeconds">How long a controller was stopped or cut off.</param>
/// <param name="Host">Processors and kernel.</param>
internal sealed record FailoverReport(IReadOnlyList<FailoverRow> Rows, double PauseSeconds, string Host);
