using Fleet.Simulation.Benchmarks.Functions;

namespace Fleet.Simulation.Tests.Benchmarks.Functions;

public class TestProblemsTests
{
    // Published minimizers; limits that they touch are met to within the digits that were printed.
    [Theory]
    [InlineData("townsend", 1e-3, -2.245, -1.30)]
    [InlineData("pressure-vessel", 1e-4, 0.8125, 0.4375, 42.0984456, 176.6365958)]
    [InlineData("welded-beam", 5e-3, 0.20573, 3.470489, 9.036624, 0.20573)]
    [InlineData("spring", 2e-3, 0.051689, 0.356718, 11.288966)]
    [InlineData("speed-reducer", 1e-3, 3.5, 0.7, 17.0, 7.3, 7.8, 3.350215, 5.286683)]
    public void AtThePublishedMinimizerTheValueIsThePublishedOneAndTheLimitsAreMet(string name, double relative, params double[] minimizer)
    {
        TestProblem problem = TestProblems.All.Single(p => p.Name == name);
        problem.Objective(minimizer).ShouldBe(problem.Optimum, relative * Math.Abs(problem.Optimum));
        foreach (Func<double[], double> limit in problem.Constraints)
        {
            limit(minimizer).ShouldBeLessThan(1);
        }
    }
}
