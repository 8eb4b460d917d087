using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>A published test function: minimise the objective where no constraint is above 0.</summary>
/// <param name="Name">Name in reports.</param>
/// <param name="Lower">Lower corner of the domain.</param>
/// <param name="Upper">Upper corner of the domain.</param>
/// <param name="Objective">What is minimised; a point of the domain.</param>
/// <param name="Constraints">Measured constraints, unknown beforehand; met at 0 and below.</param>
/// <param name="Optimum">The lowest objective that meets the constraints, as published.</param>
internal sealed record TestProblem(
    string Name,
    ImmutableArray<double> Lower,
    ImmutableArray<double> Upper,
    Func<double[], double> Objective,
    ImmutableArray<Func<double[], double>> Constraints,
    double Optimum)
{
    /// <summary>Constraints that are known beforehand; null when there are none.</summary>
    public Func<double[], bool>? Known { get; init; }

    /// <summary>
    /// Ax's baseline of the problem, the best of five Sobol points, averaged (facebook/Ax, benchmark/problems); null when Ax has none.
    /// </summary>
    public double? AxBaseline { get; init; }

    /// <summary>The published test that the problem belongs to; null for problems that are only scored.</summary>
    public PublishedTest? Test { get; init; }

    /// <summary>Coordinates of a point.</summary>
    public int Dimensions => Lower.Length;

    /// <summary>Maps a point of the unit cube to the domain.</summary>
    public double[] ToDomain(ReadOnlySpan<double> unit)
    {
        var x = new double[unit.Length];
        for (int d = 0; d < x.Length; d++)
        {
            x[d] = Lower[d] + (unit[d] * (Upper[d] - Lower[d]));
        }

        return x;
    }
}

/// <summary>A published pass mark: budget and distance to the optimum.</summary>
/// <param name="Initial">Random points at the start.</param>
/// <param name="Steps">Points chosen by the search after them.</param>
/// <param name="Minimizer">The point to find.</param>
/// <param name="Distance">Largest difference to it in any coordinate.</param>
/// <param name="Relative">Largest relative difference to the optimum.</param>
internal sealed record PublishedTest(int Initial, int Steps, ImmutableArray<double> Minimizer, double Distance, double Relative);
