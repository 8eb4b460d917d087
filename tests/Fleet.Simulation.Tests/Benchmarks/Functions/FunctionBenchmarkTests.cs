using Fleet.Simulation.Benchmarks.Functions;

namespace Fleet.Simulation.Tests.Benchmarks.Functions;

public class FunctionBenchmarkTests
{
    [Fact]
    public void AConstrainedTestOfTriestePassesWithinItsBudget()
    {
        FunctionReport report = FunctionBenchmark.Run(["scaled-branin-constrained"], 6, 1, 1);
        report.Tests.Single().Passed.ShouldBe(6);
        report.Scores.Single().BestAt30!.Value.ShouldBe(-0.99888, 0.002);
    }

    [Fact]
    public void GardnersFirstSimulationPassesWithinTriestesBudget() =>
        FunctionBenchmark.Run(["gardner-1"], 20, 1, 1).Tests.Single().Passed.ShouldBeGreaterThanOrEqualTo(19);

    [Fact]
    public void TheScoreIsAxsAndTheSameSeedGivesTheSameReport()
    {
        FunctionReport report = FunctionBenchmark.Run(["branin"], 1, 3, 7);
        report.ToJson().ShouldBe(FunctionBenchmark.Run(["branin"], 1, 3, 7).ToJson());
        ScoreRow row = report.Scores.Single();
        row.ScoreAt30!.Value.ShouldBe(100 * (10.930 - row.BestAt30!.Value) / (10.930 - 0.397887), 1e-9);
        row.ScoreAt30.Value.ShouldBeGreaterThan(95);
        row.BestAt15!.Value.ShouldBeGreaterThanOrEqualTo(row.BestAt30.Value);
    }
}
