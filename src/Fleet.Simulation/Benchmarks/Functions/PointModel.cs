using System.Collections.Immutable;
using Fleet.Core.Models;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>One output of a test function as the production Gaussian process sees it: a constant and Matérn-5/2, no physics.</summary>
internal sealed class PointModel
{
    // Test functions are exact; the noise only keeps the factorisation sound.
    private const double NoiseVariance = 1e-8;

    private readonly GaussianProcess.Scorer _scorer;
    private readonly double[] _x;
    private readonly double _shift;
    private readonly double _scale;

    /// <summary>Fits the values at points of the unit cube. The scale is the values' own; the shift is their mean, or none.</summary>
    public PointModel(IReadOnlyList<double[]> points, ReadOnlySpan<double> values, bool centre)
    {
        int n = points.Count;
        int dimensions = points[0].Length;
        double mean = 0;
        foreach (double v in values)
        {
            mean += v / n;
        }

        double variance = 0;
        foreach (double v in values)
        {
            variance += (v - mean) * (v - mean) / n;
        }

        (_shift, _scale) = (centre ? mean : 0, variance > 0 ? Math.Sqrt(variance) : 1);

        // The last coordinate is the kernel default's own in the production model; here every point lies off it.
        var inputs = new double[n * (dimensions + 1)];
        var (target, noise, basis) = (new double[n], new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            points[i].CopyTo(inputs, i * (dimensions + 1));
            target[i] = (values[i] - _shift) / _scale;
            noise[i] = NoiseVariance;
            basis[i] = 1;
        }

        var data = new TrainingSet(inputs, dimensions + 1, new double[n], basis, 1, new double[n], new int[n], target, noise);
        ImmutableArray<int> groups = [.. Enumerable.Range(0, dimensions + 1)];
        var prior = new KernelPrior
        {
            // A third of the range in two dimensions, longer in more, where points are further apart.
            LogLengthMean = Math.Log(0.35) + (0.5 * Math.Log(dimensions / 2.0)),
            LogVarianceMean = 0,
            LogVarianceSd = 1,
        };
        double[] parameters = new Evidence(data, groups, prior).Maximise();
        _scorer = new GaussianProcess(data, groups, prior, parameters).At(0);
        _x = new double[dimensions + 1];
    }

    /// <summary>Standard deviation of the values.</summary>
    public double Scale => _scale;

    /// <summary>Mean and standard deviation at a point of the unit cube, in the function's own unit.</summary>
    public (double Mean, double Sd) Predict(ReadOnlySpan<double> point)
    {
        point.CopyTo(_x);
        (double mean, double variance) = _scorer.Predict(_x, [1.0], 0);
        return ((mean * _scale) + _shift, Math.Sqrt(variance) * _scale);
    }
}
