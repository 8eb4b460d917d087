namespace Fleet.Proxy.Engine;

/// <summary>What health says about a node.</summary>
/// <param name="Ejected">Takes nothing that another node could take.</param>
/// <param name="Ramp">Part of its weight that it takes now, above 0 to 1; below 1 during a slow start.</param>
internal readonly record struct NodeStanding(bool Ejected, double Ramp)
{
    public static NodeStanding Full => new(false, 1);
}
