using Fleet.Core.Planning;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>Dials of one pool's control.</summary>
public sealed record PoolControlOptions
{
    /// <summary>The dials of each node's tuner and of its search.</summary>
    public TunerOptions Tuner { get; init; } = new();

    /// <summary>The dials of membership changes and of the exploration budget.</summary>
    public PlanningOptions Planning { get; init; } = new();

    /// <summary>Decides ties and samples of the searches; the same seed and events give the same commands.</summary>
    /// <value>Default 1; any value.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>First part of command ids; two owners of a pool, one after the other, use different prefixes (the fencing epoch).</summary>
    /// <value>Default "c"; not empty.</value>
    public string CommandPrefix { get; init; } = "c";

    /// <summary>Whether the past latencies are kept for <see cref="IPoolControl.View"/>; a simulation that draws no view saves the memory.</summary>
    internal bool Views { get; init; } = true;
}
