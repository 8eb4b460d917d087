using System.Collections.Immutable;
using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// Exact Gaussian process with kernel constant + linear + Matérn-5/2 (knobs, one length scale each) · Matérn-5/2 (log load) and known
/// noise per row. Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006: eq. 2.25-2.26 (posterior), 5.8 (evidence),
/// 5.12 (leave one out).
/// </summary>
internal sealed class GaussianProcess
{
    private readonly TrainingSet _data;
    private readonly KernelPrior _prior;
    private readonly ImmutableArray<int> _groups;
    private readonly double[] _inverseLength;
    private readonly double _inverseLoadLength;
    private readonly double _variance;
    private readonly Cholesky _factor;
    private readonly double[] _weights;
    private readonly double[] _scaledInputs;

    /// <summary>Conditions the process on the rows under fixed parameters (ln length scales of knobs, of load, ln variance).</summary>
    public GaussianProcess(TrainingSet data, ImmutableArray<int> groups, KernelPrior prior, double[] parameters)
    {
        (_data, _prior, _groups, Parameters) = (data, prior, groups, [.. parameters]);
        _variance = Math.Exp(parameters[^1]);
        _inverseLoadLength = Math.Exp(-parameters[^2]);
        _inverseLength = new double[data.Dimensions];
        for (int d = 0; d < data.Dimensions; d++)
        {
            _inverseLength[d] = groups[d] == parameters.Length - 2 ? 1 / KernelPrior.DefaultArmLength : Math.Exp(-parameters[groups[d]]);
        }

        int n = data.Count;
        _scaledInputs = new double[n * data.Dimensions];
        for (int i = 0; i < _scaledInputs.Length; i++)
        {
            _scaledInputs[i] = data.Inputs[i] * _inverseLength[i % data.Dimensions];
        }

        _factor = Cholesky.Factor(Covariance(), n);
        _weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            _weights[i] = data.Target[i] - data.Mean[i];
        }

        _factor.Solve(_weights, _weights);
    }

    /// <summary>ln length scales of the knobs, ln length scale of ln load, ln variance.</summary>
    public ImmutableArray<double> Parameters { get; }

    /// <summary>Leave-one-out prediction of each row: mean and variance of what would be observed there without it.</summary>
    public (double[] Mean, double[] Variance) LeaveOneOut()
    {
        double[] variance = _factor.InverseDiagonal();
        var mean = new double[_data.Count];
        for (int i = 0; i < mean.Length; i++)
        {
            variance[i] = 1 / variance[i];
            mean[i] = _data.Target[i] - (_weights[i] * variance[i]);
        }

        return (mean, variance);
    }

    /// <summary>A scorer for one load at the tuned node (number 0).</summary>
    public Scorer At(double logLoad) => new(this, logLoad);

    /// <summary>Matérn-5/2 correlation at scaled distance r.</summary>
    public static double Matern52(double squaredDistance)
    {
        double s = Math.Sqrt(5 * squaredDistance);
        return (1 + s + (s * s / 3)) * Math.Exp(-s);
    }

    private double[] Covariance()
    {
        int n = _data.Count;
        var k = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double load = (_data.LogLoad[i] - _data.LogLoad[j]) * _inverseLoadLength;
                bool same = _data.Node[i] == _data.Node[j];
                k[(i * n) + j] = Cholesky.Dot(_data.BasisOf(i), _data.BasisOf(j)) + (same ? _prior.NodeOffsetVariance : 0)
                    + (_variance * Matern52(SquaredDistance(i, j)) * Matern52(load * load) * (same ? 1 : _prior.NodeCorrelation));
            }

            k[(i * n) + i] += _data.NoiseVariance[i];
        }

        return k;
    }

    private double SquaredDistance(int i, int j)
    {
        ReadOnlySpan<double> a = _scaledInputs.AsSpan(i * _data.Dimensions, _data.Dimensions);
        ReadOnlySpan<double> b = _scaledInputs.AsSpan(j * _data.Dimensions, _data.Dimensions);
        return SquaredDistance(a, b);
    }

    private static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++)
        {
            double step = a[d] - b[d];
            sum += step * step;
        }

        return sum;
    }

    /// <summary>Posterior of the noise-free output at one load; keeps its buffers, so one scorer serves one thread.</summary>
    internal sealed class Scorer
    {
        private readonly GaussianProcess _gp;
        private readonly double[] _curvedFactor;
        private readonly double[] _offset;
        private readonly double[] _cross;
        private readonly double[] _scaled;

        internal Scorer(GaussianProcess gp, double logLoad)
        {
            _gp = gp;
            int n = gp._data.Count;
            (_curvedFactor, _offset, _cross, _scaled) = (new double[n], new double[n], new double[n], new double[gp._data.Dimensions]);
            for (int i = 0; i < n; i++)
            {
                double load = (gp._data.LogLoad[i] - logLoad) * gp._inverseLoadLength;
                bool same = gp._data.Node[i] == 0;
                _curvedFactor[i] = gp._variance * Matern52(load * load) * (same ? 1 : gp._prior.NodeCorrelation);
                _offset[i] = same ? gp._prior.NodeOffsetVariance : 0;
            }
        }

        /// <summary>Mean and variance at a point, given its coordinates, its linear terms and the prior's mean there.</summary>
        public (double Mean, double Variance) Predict(ReadOnlySpan<double> x, ReadOnlySpan<double> basis, double priorMean)
        {
            TrainingSet data = _gp._data;
            int dimensions = data.Dimensions;
            for (int d = 0; d < dimensions; d++)
            {
                _scaled[d] = x[d] * _gp._inverseLength[d];
            }

            for (int i = 0; i < _cross.Length; i++)
            {
                double squared = SquaredDistance(_scaled, _gp._scaledInputs.AsSpan(i * dimensions, dimensions));
                _cross[i] = Dot(basis, data.BasisOf(i)) + _offset[i] + (_curvedFactor[i] * Matern52(squared));
            }

            double mean = priorMean + Cholesky.Dot(_cross, _gp._weights);
            _gp._factor.SolveLower(_cross, _cross);
            double prior = Dot(basis, basis) + _gp._prior.NodeOffsetVariance + _gp._variance;
            return (mean, Math.Max(1e-12, prior - Cholesky.Dot(_cross, _cross)));
        }

        private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            double sum = 0;
            for (int i = 0; i < a.Length; i++)
            {
                sum += a[i] * b[i];
            }

            return sum;
        }
    }
}
