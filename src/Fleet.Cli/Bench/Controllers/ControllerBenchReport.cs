namespace Fleet.Cli.Bench.Controllers;

/// <summary>Result of the controller's benchmark.</summary>
/// <param name="Rows">One per number of nodes.</param>
/// <param name="Host">Processors and kernel.</param>
public sealed record ControllerBenchReport(IReadOnlyList<ControllerBenchRow> Rows, string Host);
