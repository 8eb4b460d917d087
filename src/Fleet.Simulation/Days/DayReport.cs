using System.Collections.Immutable;
using System.Text.Json;

namespace Fleet.Simulation.Days;

/// <summary>The result of a simulated day.</summary>
/// <param name="Trace">File of the trace.</param>
/// <param name="Server">File of the surface, or name of the model.</param>
/// <param name="Hours">Length of the trace, hours.</param>
/// <param name="PeakQps">Requests per second of one server at the trace's peak.</param>
/// <param name="Seed">First seed.</param>
/// <param name="Percentile">The percentile that the promise is about.</param>
/// <param name="ParkedWatts">Power of a parked server, watts.</param>
/// <param name="Policies">One row per policy, promise and fleet size.</param>
/// <param name="Notes">What a reader must know: extrapolation, overload, missing cells.</param>
/// <param name="Courses">What the plots draw.</param>
public sealed record DayReport(
    string Trace,
    string Server,
    double Hours,
    double PeakQps,
    ulong Seed,
    double Percentile,
    double ParkedWatts,
    ImmutableArray<PolicyRow> Policies,
    ImmutableArray<string> Notes,
    ImmutableArray<PolicyCourse> Courses)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a report back; null with a problem when the text is none.</summary>
    public static (DayReport? Report, string? Problem) FromJson(string json)
    {
        try
        {
            DayReport? report = JsonSerializer.Deserialize<DayReport>(json, Json);
            return report is null or { Policies.IsDefaultOrEmpty: true } or { Courses.IsDefaultOrEmpty: true }
                ? (null, "holds no policies and courses; it is not a report of 'fleet simulate --json'")
                : (report, null);
        }
        catch (JsonException broken)
        {
            return (null, $"is not a report of 'fleet simulate --json': {broken.Message}");
        }
    }
}
