using System.Collections.Immutable;
using System.Numerics;
using Fleet.Core.Models;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>What the Gaussian process sees of a point of the unit cube under one explanation of the values.</summary>
/// <param name="Dimensions">Coordinates of a point.</param>
/// <param name="Period">Ranges after which the correlation repeats along every coordinate; infinite when it does not.</param>
/// <param name="Waves">Waves beside the constant.</param>
internal sealed record PointEmbedding(int Dimensions, double Period, ImmutableArray<Wave> Waves)
{
    // A coordinate that repeats is a point on a circle.
    private int Each => double.IsFinite(Period) ? 2 : 1;

    /// <summary>
    /// Inputs of a row. The last one is the default's own in the production model; here every point lies off it.
    /// </summary>
    public int Inputs => (Each * Dimensions) + 1;

    /// <summary>Linear terms of a row: the constant and those of the waves.</summary>
    public int Terms { get; } = 1 + Waves.Sum(w => w.Terms);

    /// <summary>The rows with these values and this noise; the inputs of one coordinate share a length scale.</summary>
    public (TrainingSet Data, ImmutableArray<int> Groups) Rows(IReadOnlyList<double[]> points, double[] target, double noiseVariance)
    {
        int n = points.Count;
        var (inputs, basis, noise) = (new double[n * Inputs], new double[n * Terms], new double[n]);
        for (int i = 0; i < n; i++)
        {
            Write(points[i], inputs.AsSpan(i * Inputs, Inputs), basis.AsSpan(i * Terms, Terms));
            noise[i] = noiseVariance;
        }

        ImmutableArray<int> groups = [.. Enumerable.Range(0, Dimensions).SelectMany(d => Enumerable.Repeat(d, Each)), Dimensions];
        return (new TrainingSet(inputs, Inputs, new double[n], basis, Terms, new double[n], new int[n], target, noise), groups);
    }

    /// <summary>Inputs and terms of as many points as a vector has lanes; the last point fills the lanes that are left.</summary>
    public void Write(ReadOnlySpan<double[]> points, Span<Vector<double>> inputs, Span<Vector<double>> terms)
    {
        int rows = Inputs + Terms;
        Span<double> row = stackalloc double[rows];
        Span<double> lanes = stackalloc double[rows * Vector<double>.Count];
        for (int lane = 0; lane < Vector<double>.Count; lane++)
        {
            Write(points[Math.Min(lane, points.Length - 1)], row[..Inputs], row[Inputs..]);
            for (int r = 0; r < rows; r++)
            {
                lanes[(r * Vector<double>.Count) + lane] = row[r];
            }
        }

        for (int r = 0; r < rows; r++)
        {
            (r < Inputs ? ref inputs[r] : ref terms[r - Inputs]) = new Vector<double>(lanes[(r * Vector<double>.Count)..]);
        }
    }

    private void Write(ReadOnlySpan<double> point, Span<double> inputs, Span<double> terms)
    {
        // On a circle of the period's length distances repeat with the period, and short ones stay what they are.
        double turn = 2 * Math.PI / Period;
        for (int d = 0; d < Dimensions; d++)
        {
            if (Each == 1)
            {
                inputs[d] = point[d];
            }
            else
            {
                (double sin, double cos) = Math.SinCos(turn * point[d]);
                (inputs[2 * d], inputs[(2 * d) + 1]) = (sin / turn, cos / turn);
            }
        }

        inputs[^1] = 0;
        terms[0] = 1;
        int at = 1;
        foreach (Wave wave in Waves)
        {
            at += wave.Write(point, terms[at..]);
        }
    }
}
