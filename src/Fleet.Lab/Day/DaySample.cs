namespace Fleet.Lab.Day;

/// <summary>One second of a day.</summary>
/// <param name="AtSeconds">End of the second, since the run began.</param>
/// <param name="Phase">"learn", "default", "fleet", "join" or "leave".</param>
/// <param name="Hour">Hour of the day with its fraction; null outside the day.</param>
/// <param name="Qps">Requests answered per second.</param>
/// <param name="ClientP99Us">99th percentile at the load, from when due.</param>
/// <param name="NodeP99Us">99th percentile of the worst node, as the proxy sees it.</param>
/// <param name="CpuUsPerRequest">Server CPU per request.</param>
/// <param name="Watts">Power of all nodes, parked ones included.</param>
/// <param name="ActiveNodes">Nodes that the plan gives load.</param>
/// <param name="Nodes">Members of the pool.</param>
/// <param name="Settings">Setting of each node.</param>
/// <param name="Change">Choreography under way; empty when none.</param>
/// <param name="Failed">Requests failed in the second.</param>
public sealed record DaySample(
    double AtSeconds,
    string Phase,
    double? Hour,
    double Qps,
    double? ClientP99Us,
    double? NodeP99Us,
    double? CpuUsPerRequest,
    double? Watts,
    int ActiveNodes,
    int Nodes,
    IReadOnlyDictionary<string, string> Settings,
    string Change,
    long Failed);
