namespace Fleet.Cli.Bench.Controllers;

/// <summary>What the controller's benchmark measures.</summary>
/// <param name="Nodes">Simulated nodes.</param>
/// <param name="Pools">Pools that share them.</param>
/// <param name="WarmUp">Time before the measured one, in which everything connects and the run time compiles.</param>
/// <param name="Measured">Measured time.</param>
/// <param name="OverGrpc">Whether agents and proxies are gRPC servers in a process of their own.</param>
internal sealed record ControllerBenchOptions(int Nodes, int Pools, TimeSpan WarmUp, TimeSpan Measured, bool OverGrpc);
