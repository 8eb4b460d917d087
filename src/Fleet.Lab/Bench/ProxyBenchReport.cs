using System.Text.Json.Serialization;

namespace Fleet.Lab.Bench;

/// <summary>Result of the proxy benchmark.</summary>
/// <param name="Rows">Measured cells.</param>
/// <param name="Absent">Targets that are not installed.</param>
/// <param name="Failed">Cells that gave no figures.</param>
/// <param name="Seconds">Measured time of a cell and target.</param>
/// <param name="Repetitions">Slices that this time was cut into, the targets in turn.</param>
/// <param name="Host">Processors and kernel.</param>
public sealed record ProxyBenchReport(
    IReadOnlyList<ProxyBenchRow> Rows,
    IReadOnlyList<AbsentTarget> Absent,
    IReadOnlyList<FailedCell> Failed,
    double Seconds,
    int Repetitions,
    string Host)
{
    /// <summary>Fleet's rows whose requests per CPU second are less than <see cref="Bar"/> times nutcracker's.</summary>
    [JsonIgnore]
    public IEnumerable<ProxyBenchRow> Missed => Rows.Where(r => r.Target == BenchTarget.Fleet && r.RatioToNutcracker < Bar);

    /// <summary>Memory of idle connections; empty when it was not asked for.</summary>
    public IReadOnlyList<IdleRow> Idle { get; init; } = [];

    /// <summary>Whether the cores could enter idle states that take time to leave.</summary>
    public bool IdleStates { get; init; }

    /// <summary>What fleet's requests per CPU second are to be, in times of nutcracker's.</summary>
    public const double Bar = 1.2;
}
