namespace Fleet.Lab.Bench;

/// <summary>A cell that gave no figures.</summary>
/// <param name="Workload">Name of the workload.</param>
/// <param name="Connections">Client connections.</param>
/// <param name="Pipeline">Requests that wait on each.</param>
/// <param name="Target">Which proxy.</param>
/// <param name="Error">What went wrong.</param>
public sealed record FailedCell(string Workload, int Connections, int Pipeline, string Target, string Error);
