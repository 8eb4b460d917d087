using System.Collections.Immutable;
using System.Text.Json;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>How often the search passed a published test.</summary>
/// <param name="Function">The problem.</param>
/// <param name="Initial">Random points at the start.</param>
/// <param name="Steps">Points chosen after them.</param>
/// <param name="Runs">Seeds.</param>
/// <param name="Passed">Seeds that passed.</param>
public sealed record TestRow(string Function, int Initial, int Steps, int Runs, int Passed);

/// <summary>The search's result on a function, median of the seeds. Values are null while no seed's median meets the constraints.</summary>
/// <param name="Function">The problem.</param>
/// <param name="Runs">Seeds.</param>
/// <param name="Optimum">The published optimum.</param>
/// <param name="BestAt15">Best value that meets the constraints after 15 trials.</param>
/// <param name="BestAt30">The same after 30 trials.</param>
/// <param name="AxBaseline">Ax's baseline: the best of five Sobol points, averaged; null when Ax has none.</param>
/// <param name="ScoreAt15">100 · (baseline − best) / (baseline − optimum) after 15 trials.</param>
/// <param name="ScoreAt30">The same after 30 trials.</param>
public sealed record ScoreRow(
    string Function, int Runs, double Optimum, double? BestAt15, double? BestAt30, double? AxBaseline, double? ScoreAt15, double? ScoreAt30);

/// <summary>The function benchmark's result.</summary>
/// <param name="Tests">Published tests.</param>
/// <param name="Scores">Scores at 15 and 30 trials.</param>
/// <param name="AxScore">Ax's definition of the score.</param>
public sealed record FunctionReport(ImmutableArray<TestRow> Tests, ImmutableArray<ScoreRow> Scores, string AxScore)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The report as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}
