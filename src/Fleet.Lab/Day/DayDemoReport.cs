using System.Text.Json;
using Fleet.Lab.Load;
using Fleet.Lab.Report;

namespace Fleet.Lab.Day;

/// <summary>What a replayed day showed. Times are seconds since the run began, latencies microseconds; what is not known is null.</summary>
/// <param name="Schema">Shape of the document: "fleet-demo-day/1".</param>
/// <param name="Plant">"lab" (real kernel, real servers) or "simulation".</param>
/// <param name="PlantReason">Why the plant is simulated; null for the lab.</param>
/// <param name="StartedUtc">When the run began.</param>
/// <param name="DurationSeconds">Length of the run, learning, joins and leaves included.</param>
/// <param name="Source">Where the load comes from.</param>
/// <param name="Hours">Hours of the day.</param>
/// <param name="HourSeconds">Seconds that one side played an hour.</param>
/// <param name="Blocks">Blocks of hours that the sides played in turn.</param>
/// <param name="PeakQps">Requests per second of the pool at the peak.</param>
/// <param name="SlaUs">The promise at 99 %.</param>
/// <param name="Servers">Servers at the start.</param>
/// <param name="Seed">Seed of the load.</param>
/// <param name="PowerSource">Source of all power figures; "model" is an estimate from CPU time, not a measurement.</param>
/// <param name="Passed">Whether every claim holds.</param>
/// <param name="Claims">What the run was to show, with its figures.</param>
/// <param name="Comparison">Kernel default against the fleet's control, hour by hour.</param>
/// <param name="MeanActiveNodes">Nodes with load in the fleet's hours, mean.</param>
/// <param name="LeastActiveNodes">Fewest nodes with load in one of the fleet's seconds.</param>
/// <param name="MeanNodes">Members in the same hours, mean.</param>
/// <param name="Held">How often nodes that held a setting kept the promise.</param>
/// <param name="Load">The whole load: counts, failures, latency.</param>
/// <param name="Phases">Parts of the run.</param>
/// <param name="Windows">Every hour of both sides; the number of the pair is the hour.</param>
/// <param name="Series">One sample a second.</param>
/// <param name="Settings">Settings that the tuners measured.</param>
/// <param name="Notes">What a reader must know about the figures.</param>
public sealed record DayDemoReport(
    string Schema,
    string Plant,
    string? PlantReason,
    DateTimeOffset StartedUtc,
    double DurationSeconds,
    string Source,
    int Hours,
    double HourSeconds,
    int Blocks,
    double PeakQps,
    double SlaUs,
    int Servers,
    int Seed,
    string PowerSource,
    bool Passed,
    IReadOnlyList<DemoClaim> Claims,
    Comparison? Comparison,
    double? MeanActiveNodes,
    int? LeastActiveNodes,
    double? MeanNodes,
    IReadOnlyList<HeldWindows> Held,
    LoadResult Load,
    IReadOnlyList<ReportPhase> Phases,
    IReadOnlyList<ReportWindow> Windows,
    IReadOnlyList<DaySample> Series,
    IReadOnlyList<VisitedSetting> Settings,
    IReadOnlyList<string> Notes)
{
    /// <summary>Value of <see cref="Schema"/>.</summary>
    public const string SchemaName = "fleet-demo-day/1";

    /// <summary>The report as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoadResult.JsonOptions);
}
