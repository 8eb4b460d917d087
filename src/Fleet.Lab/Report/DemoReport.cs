using System.Text.Json;
using Fleet.Lab.Load;

namespace Fleet.Lab.Report;

/// <summary>
/// What a demo run showed, as <c>report.json</c> carries it. Times are seconds since the run began, latencies microseconds, CPU
/// microseconds of memcached and its NAPI thread; what is not known is null, never 0.
/// </summary>
/// <param name="Schema">Shape of the document: "fleet-demo/1".</param>
/// <param name="Plant">"lab" (real kernel, real servers) or "simulation".</param>
/// <param name="PlantReason">Why the plant is simulated; null for the lab.</param>
/// <param name="StartedUtc">When the run began.</param>
/// <param name="DurationSeconds">Length of the run.</param>
/// <param name="Servers">Servers at the start.</param>
/// <param name="OfferedQps">Requests per second offered to the pool.</param>
/// <param name="Seed">Seed of the load.</param>
/// <param name="PowerSource">Source of all power figures; "model" is an estimate from CPU time, not a measurement.</param>
/// <param name="Passed">Whether every claim holds.</param>
/// <param name="Claims">What the run was to show, with its figures.</param>
/// <param name="Comparison">Kernel default against tuned, in interleaved windows.</param>
/// <param name="Held">How often nodes that held a setting kept the promise, per promise.</param>
/// <param name="Load">The whole load: counts, failures, latency.</param>
/// <param name="Phases">Parts of the run.</param>
/// <param name="Nodes">Nodes at the end.</param>
/// <param name="Windows">The interleaved windows.</param>
/// <param name="Series">One sample a second.</param>
/// <param name="Settings">Settings that the tuner measured.</param>
/// <param name="Notes">What a reader must know about the figures.</param>
public sealed record DemoReport(
    string Schema,
    string Plant,
    string? PlantReason,
    DateTimeOffset StartedUtc,
    double DurationSeconds,
    int Servers,
    double OfferedQps,
    int Seed,
    string PowerSource,
    bool Passed,
    IReadOnlyList<DemoClaim> Claims,
    Comparison? Comparison,
    IReadOnlyList<HeldWindows> Held,
    LoadResult Load,
    IReadOnlyList<ReportPhase> Phases,
    IReadOnlyList<ReportNode> Nodes,
    IReadOnlyList<ReportWindow> Windows,
    IReadOnlyList<ReportSample> Series,
    IReadOnlyList<VisitedSetting> Settings,
    IReadOnlyList<string> Notes)
{
    /// <summary>Value of <see cref="Schema"/>.</summary>
    public const string SchemaName = "fleet-demo/1";

    /// <summary>The report as indented JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, LoadResult.JsonOptions);
}
