using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>Plays the search's method on published test functions with their published budgets.</summary>
public static class FunctionBenchmark
{
    /// <summary>Ax's definition of its score.</summary>
    public const string AxScore =
        "Ax score = 100 * (baseline - best) / (baseline - optimum), baseline = best of 5 Sobol points, averaged; median of the seeds";

    // Ax starts with five Sobol points.
    private const int Initial = 5;
    private const int Trials = 30;
    private const int Half = 15;

    /// <summary>Names of the functions.</summary>
    public static ImmutableArray<string> Names { get; } = [.. TestProblems.All.Select(p => p.Name)];

    /// <summary>Runs the named functions; the published tests with one number of seeds, the scores with another.</summary>
    public static FunctionReport Run(IReadOnlyCollection<string> functions, int testRuns, int scoreRuns, ulong seed)
    {
        TestProblem[] chosen = [.. TestProblems.All.Where(p => functions.Contains(p.Name))];
        return new FunctionReport(
            [.. chosen.Where(p => p.Test is not null).Select(p => RunTest(p, p.Test!, testRuns, seed))],
            [.. chosen.Select(p => RunScore(p, scoreRuns, seed))],
            AxScore);
    }

    private static TestRow RunTest(TestProblem problem, PublishedTest test, int runs, ulong seed)
    {
        var passed = new bool[runs];
        Parallel.For(0, runs, i =>
        {
            var search = new ContinuousSearch(problem, (seed + (ulong)i) * 7919);
            search.Scatter(test.Initial);
            for (int step = 0; step < test.Steps; step++)
            {
                search.Step(1 - (step / (double)test.Steps));
            }

            passed[i] = search.Best is { } best
                && best.Zip(test.Minimizer).All(p => Math.Abs(p.First - p.Second) < test.Distance)
                && Math.Abs(search.Values.Min() - problem.Optimum) <= test.Relative * Math.Abs(problem.Optimum);
        });
        return new TestRow(problem.Name, test.Initial, test.Steps, runs, passed.Count(p => p));
    }

    private static ScoreRow RunScore(TestProblem problem, int runs, ulong seed)
    {
        var best = new (double At15, double At30)[runs];
        Parallel.For(0, runs, i =>
        {
            var search = new ContinuousSearch(problem, (seed + (ulong)i) * 104_729);
            search.Spread(Initial);
            for (int step = Initial; step < Trials; step++)
            {
                search.Step(1 - ((step - Initial) / (double)(Trials - Initial)));
            }

            double[] values = [.. search.Values];
            best[i] = (values.Take(Half).Min(), values.Min());
        });
        double? at15 = Median([.. best.Select(b => b.At15)]);
        double? at30 = Median([.. best.Select(b => b.At30)]);
        return new ScoreRow(problem.Name, runs, problem.Optimum, at15, at30, problem.AxBaseline, Score(problem, at15), Score(problem, at30));
    }

    private static double? Score(TestProblem problem, double? best) =>
        100 * (problem.AxBaseline - best) / (problem.AxBaseline - problem.Optimum);

    private static double? Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        double median = 0.5 * (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]);
        return double.IsFinite(median) ? median : null;
    }
}
