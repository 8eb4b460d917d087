using System.Collections.Immutable;

namespace Fleet.Core.Search;

/// <summary>What a search makes least, and what it must keep below a limit meanwhile. Compared by value; chosen by name.</summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="PowerCapWatts">The limit of <see cref="LeastLatencyUnderCap"/>: a node's power; 0 for the other objectives.</param>
public sealed record Objective(string Name, double PowerCapWatts = 0)
{
    /// <summary>Name of the objective that makes power least while the percentile's latency keeps the SLA.</summary>
    public const string LeastWattsName = "least-watts";

    /// <summary>
    /// Name of the objective that makes energy per request least while the percentile's latency keeps the SLA. The model knows the load of
    /// every window, so at one load this ranks settings as <see cref="LeastWattsName"/> does; figures are joules, comparable between loads.
    /// </summary>
    public const string LeastJoulesPerRequest = "least-joules-per-request";

    /// <summary>
    /// Name of the objective that makes the percentile's latency least while a node's power keeps the cap. The SLA stays the promise that
    /// the guard holds.
    /// </summary>
    public const string LeastLatencyUnderCap = "least-latency-under-cap";

    /// <summary>Largest power cap, watts.</summary>
    public const double MostWatts = 1_000_000;

    /// <summary>Every name, the default first.</summary>
    public static ImmutableArray<string> Names { get; } = [LeastWattsName, LeastJoulesPerRequest, LeastLatencyUnderCap];

    /// <summary>The default.</summary>
    public static Objective LeastWatts { get; } = new(LeastWattsName);

    /// <summary>Whether power is what must stay below a limit, and latency what is made least.</summary>
    public bool CapsPower => Name == LeastLatencyUnderCap;

    /// <summary>The objective of a name; the problem says what would be legal.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="powerCapWatts">The power cap, for the objective that has one; else 0.</param>
    /// <param name="problem">What is wrong and what is legal; empty when the objective is not null.</param>
    public static Objective? Parse(string name, double powerCapWatts, out string problem)
    {
        bool caps = name == LeastLatencyUnderCap;
        problem = !Names.Contains(name) ? $"objective is \"{name}\"; it must be {string.Join(" or ", Names)}"
            : caps && !(powerCapWatts > 0 && powerCapWatts <= MostWatts)
                ? FormattableString.Invariant($"power cap is {powerCapWatts} W; {name} needs one above 0 and at most {MostWatts:0} W")
            : !caps && powerCapWatts != 0
                ? FormattableString.Invariant($"power cap is {powerCapWatts} W; only {LeastLatencyUnderCap} has one, leave it out for {name}")
            : "";
        return problem.Length == 0 ? new Objective(name, powerCapWatts) : null;
    }

    /// <summary>What is made least: watts, joules per request or microseconds.</summary>
    public double Cost(double watts, double qps, double percentileUs) => Name switch
    {
        LeastJoulesPerRequest => watts / qps,
        LeastLatencyUnderCap => percentileUs,
        _ => watts,
    };

    /// <summary>What must stay at or below <see cref="Limit"/>.</summary>
    public double Limited(double watts, double percentileUs) => CapsPower ? watts : percentileUs;

    /// <summary>The limit: the SLA in microseconds, or the cap in watts.</summary>
    public double Limit(double slaUs) => CapsPower ? PowerCapWatts : slaUs;
}
