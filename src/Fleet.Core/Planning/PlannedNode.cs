namespace Fleet.Core.Planning;

/// <summary>What a planner knows of one node: the learned envelope W*(load), what it can carry within the SLA, and what it costs parked.</summary>
/// <param name="Watts">Least power at a load above 0 with a setting that keeps the SLA, watts; called for loads up to the capacity.</param>
/// <param name="CapacityQps">Most load that some setting carries within the SLA, requests per second; 0 for a node that must not serve.</param>
/// <param name="ParkedWatts">Power without load at the deepest setting, watts.</param>
public sealed record PlannedNode(Func<double, double> Watts, double CapacityQps, double ParkedWatts);
