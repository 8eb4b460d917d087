using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// The test functions, with their published domains and optima: Gardner et al. (ICML 2014), Gramacy et al. (2016), Gelbart et al. (2014),
/// Picheny et al. (2013, the scaled Branin), Letham et al. (2019), Townsend (in OpenBox's form), four
/// engineering designs, and the classics that Ax scores itself on.
/// </summary>
internal static class TestProblems
{
    /// <summary>Every problem; those with a published test first.</summary>
    public static ImmutableArray<TestProblem> All { get; } =
    [
        new("gardner-1", [0, 0], [6, 6], x => (Math.Cos(2 * x[0]) * Math.Cos(x[1])) + Math.Sin(x[0]), [x => Math.Cos(x[0] + x[1]) - 0.5], -2)
        {
            // Trieste, tests/integration/test_constrained_bayesian_optimization.py.
            Test = new(6, 12, [1.5 * Math.PI, 0], 0.03, 0.005),
        },
        new("scaled-branin-constrained", [0, 0], [1, 1], ScaledBranin, [], -0.99888)
        {
            Known = ScaledBraninRegion,
            Test = new(5, 12, [0.16518, 0.66518], 0.03, 0.1),
        },
        new("gardner-2", [0, 0], [6, 6], x => Math.Sin(x[0]) + x[1], [x => (Math.Sin(x[0]) * Math.Sin(x[1])) + 0.95], 0.2532),
        new("gramacy", [0, 0], [1, 1], x => x[0] + x[1], [GramacyWave, x => (x[0] * x[0]) + (x[1] * x[1]) - 1.5], 0.5998)
        {
            AxBaseline = 1.0643959,
        },
        new("branin-disk", [-5, 0], [10, 15], Branin, [x => Square(x[0] - 2.5) + Square(x[1] - 7.5) - 50], 0.397887),
        new("mishra-bird", [-6.28, -6.28], [6.28, 6.28], MishraBird, [x => Square(x[0] + 5) + Square(x[1] + 5) - 25], -106.7645),
        new("hartmann3-norm", Zeros(3), Ones(3), Hartmann3, [x => Math.Sqrt(x.Sum(Square)) - 1], -3.8613),
        new("hartmann6-norm", Zeros(6), Ones(6), Hartmann6, [x => Math.Sqrt(x.Sum(Square)) - 1], -3.32237),
        new("keane-2", [0, 0], [10, 10], Keane, [x => 0.75 - (x[0] * x[1]), x => x[0] + x[1] - 15], -0.365) { AxBaseline = -0.07992 },
        new("townsend", [-2.25, -2.5], [2.5, 1.75], Townsend, [x => -Math.Cos(1.5 * (x[0] + x[1]))], -3.1997),
        new("pressure-vessel", [0, 0, 10, 150], [10, 10, 50, 200], Designs.Vessel, [.. Designs.VesselLimits], 6059.946),
        new("welded-beam", [0.125, 0.1, 0.1, 0.1], [10, 10, 10, 10], Designs.Beam, [.. Designs.BeamLimits], 1.728226),
        new("spring", [0.01, 0.01, 0.01], [1, 1, 20], Designs.Spring, [.. Designs.SpringLimits], 0.012681),
        new(
            "speed-reducer", [2.6, 0.7, 17, 7.3, 7.8, 2.9, 5], [3.6, 0.8, 28, 8.3, 8.3, 3.9, 5.5], Designs.Reducer, [.. Designs.ReducerLimits],
            2996.3482),
        new("branin", [-5, 0], [10, 15], Branin, [], 0.397887) { AxBaseline = 10.930 },
        new("hartmann3", Zeros(3), Ones(3), Hartmann3, [], -3.86278) { AxBaseline = -2.3423 },
        new("hartmann6", Zeros(6), Ones(6), Hartmann6, [], -3.32237) { AxBaseline = -0.79699 },
        new("six-hump-camel", [-3, -2], [3, 2], SixHumpCamel, [], -1.0316) { AxBaseline = 0.45755 },
    ];

    private static double Square(double v) => v * v;

    private static ImmutableArray<double> Zeros(int count) => [.. Enumerable.Repeat(0.0, count)];

    private static ImmutableArray<double> Ones(int count) => [.. Enumerable.Repeat(1.0, count)];

    private static double GramacyWave(double[] x) =>
        1.5 - x[0] - (2 * x[1]) - (0.5 * Math.Sin(2 * Math.PI * ((x[0] * x[0]) - (2 * x[1]))));

    private static double Branin(double[] x)
    {
        double bend = x[1] - (5.1 / (4 * Math.PI * Math.PI) * x[0] * x[0]) + (5 / Math.PI * x[0]) - 6;
        return (bend * bend) + (10 * (1 - (1 / (8 * Math.PI))) * Math.Cos(x[0])) + 10;
    }

    private static double ScaledBranin(double[] x) => (Branin([(15 * x[0]) - 5, 15 * x[1]]) - 10 - 44.81) / 51.95;

    private static bool ScaledBraninRegion(double[] x)
    {
        double slant = x[1] - x[0];
        double sine = x[0] - 0.2 - Math.Sin(x[1]);
        double cosine = x[0] - Math.Cos(x[1]);
        return slant is >= -0.4 and <= 0.5 && x[0] is >= 0.15 and <= 0.9 && x[1] is >= 0.2 and <= 0.9
            && sine is >= -1 and <= 0 && cosine is >= -0.8 and <= 0;
    }

    private static double Townsend(double[] x) => -Square(Math.Cos((x[0] - 0.1) * x[1])) - (x[0] * Math.Sin((3 * x[0]) + x[1]));

    private static double MishraBird(double[] x) =>
        (Math.Sin(x[1]) * Math.Exp(Square(1 - Math.Cos(x[0])))) + (Math.Cos(x[0]) * Math.Exp(Square(1 - Math.Sin(x[1]))))
        + Square(x[0] - x[1]);

    private static double Keane(double[] x)
    {
        double top = Math.Pow(Math.Cos(x[0]), 4) + Math.Pow(Math.Cos(x[1]), 4)
            - (2 * Square(Math.Cos(x[0])) * Square(Math.Cos(x[1])));
        double bottom = Math.Sqrt((x[0] * x[0]) + (2 * x[1] * x[1]));
        return bottom > 0 ? -Math.Abs(top / bottom) : 0;
    }

    private static double SixHumpCamel(double[] x)
    {
        double a = x[0] * x[0];
        double b = x[1] * x[1];
        return ((4 - (2.1 * a) + (a * a / 3)) * a) + (x[0] * x[1]) + ((-4 + (4 * b)) * b);
    }

    private static double Hartmann3(double[] x) => Hartmann.Value(x, Hartmann.Scales3, Hartmann.Centres3);

    private static double Hartmann6(double[] x) => Hartmann.Value(x, Hartmann.Scales6, Hartmann.Centres6);
}
