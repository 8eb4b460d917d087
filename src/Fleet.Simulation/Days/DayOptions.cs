using System.Collections.Immutable;
using Fleet.Core.Control;

namespace Fleet.Simulation.Days;

/// <summary>What a simulated day compares.</summary>
public sealed record DayOptions
{
    /// <summary>Promises, microseconds.</summary>
    public ImmutableArray<double> SlasUs { get; init; } = [500];

    /// <summary>The percentile that the promise is about; the surface's latency column is of it.</summary>
    /// <value>Default 99; range 50 to 99.99.</value>
    public double Percentile { get; init; } = 99;

    /// <summary>Fleet sizes.</summary>
    /// <value>Default 1; each 1 to 100,000.</value>
    public ImmutableArray<int> Nodes { get; init; } = [1];

    /// <summary>Most servers of one pool: a larger fleet is several pools with equal shares of the load.</summary>
    /// <value>Default 100; range 1 to 100,000.</value>
    public int PoolSize { get; init; } = 100;

    /// <summary>Policies by name; <see cref="DayPolicies.Names"/>.</summary>
    public ImmutableArray<string> Policies { get; init; } = DayPolicies.Usual;

    /// <summary>Requests per second of one server at the trace's peak; the fleet gets this times its size.</summary>
    public double PeakQps { get; init; }

    /// <summary>First seed.</summary>
    /// <value>Default 1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Seeds whose means are reported.</summary>
    /// <value>Default 1; range 1 to 1,000.</value>
    public int Runs { get; init; } = 1;

    /// <summary>Power of a parked server, watts: nothing routed to it, deepest idle state.</summary>
    /// <value>Default 12 W: package power of an idle two-socket Xeon server as perf stat gives it (published runs on c220g1).</value>
    public double ParkedWatts { get; init; } = 12;

    /// <summary>Dials of the production control for the policies that run it.</summary>
    public PoolControlOptions Control { get; init; } = new();
}
