using System.Collections.Immutable;

namespace Fleet.Simulation.Days;

/// <summary>The policies that a simulated day compares, by name.</summary>
public static class DayPolicies
{
    /// <summary>Compared unless others are named.</summary>
    public static ImmutableArray<string> Usual { get; } = ["default", "best-static", "bayop-hourly", "oracle", "fleet"];

    /// <summary>Every name.</summary>
    public static ImmutableArray<string> Names { get; } = [.. Usual, "spread-tuned", "consolidate-default"];

    /// <summary>What a policy does, for people.</summary>
    public static string Meaning(string name) => name switch
    {
        "default" => "load spread evenly, kernel default",
        "best-static" => "load spread evenly, the one setting that keeps the promise all day with the least energy",
        "bayop-hourly" => "load spread evenly, every server searches 30 trials of 10 s each hour with BayOp's penalty, no memory",
        "oracle" => "true best split and setting of each slot, no search, no headroom",
        "fleet" => "the production control on virtual time: tuning and balancing as one decision",
        "spread-tuned" => "the production tuner on virtual time, load always spread evenly",
        _ => "as few servers as carry the load at the kernel default, the others parked",
    };
}
