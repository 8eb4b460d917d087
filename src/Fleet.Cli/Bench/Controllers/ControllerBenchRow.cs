namespace Fleet.Cli.Bench.Controllers;

/// <summary>What one controller costs with so many nodes.</summary>
/// <param name="Nodes">Simulated nodes, one telemetry slice and one reading a second each.</param>
/// <param name="Pools">Pools that share them.</param>
/// <param name="CpuCores">CPU time of the controller's process over the measured time; in memory, the simulated fleet's share is in it.</param>
/// <param name="ResidentMiB">Most resident memory seen in the measured time, MiB.</param>
/// <param name="LagP99Ms">
/// From the moment a proxy emits a slice until the end of the control step that took it, 99th percentile, ms; -1 when no step took any.
/// </param>
/// <param name="LagP50Ms">Its median, ms; or -1.</param>
/// <param name="LagMaxMs">Its largest, ms; or -1.</param>
/// <param name="Transport">"grpc" or "memory".</param>
/// <param name="Seconds">Measured time.</param>
/// <param name="Slices">Slices that control steps took in it.</param>
/// <param name="LostSlices">Slices that were emitted in it and that no step took.</param>
/// <param name="SearchingShare">Share of the nodes that searched, mean of the begin and the end.</param>
/// <param name="Probes">Probes applied in the measured time.</param>
/// <param name="PeerCpuCores">CPU time of the simulated agents and proxies where they are a process of their own; else 0.</param>
public sealed record ControllerBenchRow(
    int Nodes,
    int Pools,
    double CpuCores,
    double ResidentMiB,
    double LagP99Ms,
    double LagP50Ms,
    double LagMaxMs,
    string Transport,
    double Seconds,
    long Slices,
    long LostSlices,
    double SearchingShare,
    long Probes,
    double PeerCpuCores);
