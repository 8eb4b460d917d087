using System.Collections.Immutable;
using System.Text.Json;

namespace Fleet.Simulation.Benchmarks;

/// <summary>A (load, SLA) that no setting of the surface can satisfy.</summary>
/// <param name="Qps">Load, requests per second.</param>
/// <param name="SlaUs">Promise, µs.</param>
/// <param name="ClosestSetting">Setting with the lowest latency.</param>
/// <param name="ClosestUs">Its latency, µs.</param>
/// <param name="PowerCapWatts">Cap, watts, where the objective limits power; then the SLA is 0.</param>
/// <param name="ClosestWatts">Its power, watts.</param>
public sealed record InfeasibleCell(
    double Qps, double SlaUs, string ClosestSetting, double ClosestUs, double? PowerCapWatts = null, double? ClosestWatts = null);

/// <summary>How a method came down: mean over loads, promises and seeds.</summary>
/// <param name="Method">Name of the method.</param>
/// <param name="OverBest">After trials 1, 2, …: cost of what would be held over the optimum's.</param>
public sealed record SearchCurve(string Method, ImmutableArray<double> OverBest);

/// <summary>The surface benchmark's result.</summary>
/// <param name="Rows">One row per load, SLA and method.</param>
/// <param name="Infeasible">Loads and SLAs that nothing satisfies; in no mean.</param>
/// <param name="Means">One row per method: means over loads and SLAs, with load and SLA 0.</param>
/// <param name="Curves">One curve per method, over the same loads and SLAs.</param>
public sealed record SurfaceReport(
    ImmutableArray<BenchmarkRow> Rows,
    ImmutableArray<InfeasibleCell> Infeasible,
    ImmutableArray<BenchmarkRow> Means,
    ImmutableArray<SearchCurve> Curves)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    internal static ImmutableArray<BenchmarkRow> Average(List<BenchmarkRow> rows, ImmutableArray<string> methods) =>
        [.. methods.Where(m => rows.Exists(r => r.Method == m)).Select(m => Mean([.. rows.Where(r => r.Method == m)]))];

    private static BenchmarkRow Mean(BenchmarkRow[] rows) => new(
        0,
        0,
        rows[0].Method,
        rows[0].Runs,
        rows.Average(r => r.TrialsTo5Percent),
        rows.Average(r => r.Reached5Percent),
        rows.Average(r => r.TrialsTo3Percent),
        rows.Average(r => r.Reached3Percent),
        rows.Average(r => r.TrialsAtStop),
        rows.Average(r => r.FinalOverBest),
        rows.Average(r => r.BreakingTrials),
        rows.Average(r => r.FinalBreaksSlaShare),
        rows.Average(r => r.MeanWattsWhileSearching),
        rows.Average(r => r.SavingOverDefault));
}
