using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// Exact Gaussian process with kernel constant + linear + correlation (knobs, one length scale each) · correlation (log load) and known
/// noise per row. Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006: eq. 2.25-2.26 (posterior), 5.8 (evidence),
/// 5.12 (leave one out).
/// </summary>
internal sealed class GaussianProcess
{
    private readonly TrainingSet _data;
    private readonly ImmutableArray<int> _groups;
    private readonly KernelPrior _prior;
    private readonly double[] _inverseLength;
    private readonly double _inverseLoadLength;
    private readonly double _variance;
    private readonly Cholesky _factor;
    private readonly double[] _weights;
    private readonly double[] _scaledInputs;

    /// <summary>Conditions the process on the rows under fixed parameters (ln length scales of knobs, of load, ln variance).</summary>
    public GaussianProcess(TrainingSet data, ImmutableArray<int> groups, KernelPrior prior, double[] parameters)
        : this(data, groups, prior, [.. parameters], null)
    {
    }

    private GaussianProcess(
        TrainingSet data, ImmutableArray<int> groups, KernelPrior prior, ImmutableArray<double> parameters, Cholesky? allButLast)
    {
        (_data, _groups, _prior, Parameters) = (data, groups, prior, parameters);
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

        var covariance = new Covariance(this);
        _factor = allButLast?.With(covariance.Row(n - 1)) ?? covariance.Factor();
        _weights = new double[n];
        for (int i = 0; i < n; i++)
        {
            _weights[i] = data.Target[i] - data.Mean[i];
        }

        _factor.Solve(_weights, _weights);
    }

    /// <summary>The process with one more row, the last of <paramref name="data"/>, under the same parameters.</summary>
    public GaussianProcess With(TrainingSet data) => new(data, _groups, _prior, Parameters, _factor);

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

    private double Correlation(double squaredDistance) => Correlations.At(_prior.Smoothness, squaredDistance);

    /// <summary>The rows' covariance, as many elements at a time as a vector has lanes.</summary>
    private readonly ref struct Covariance
    {
        private readonly GaussianProcess _gp;
        private readonly int _stride;
        private readonly double[] _columns;
        private readonly double[] _row;

        /// <summary>Lays the rows out column by column: scaled coordinates, linear terms, scaled load, node.</summary>
        public Covariance(GaussianProcess gp)
        {
            TrainingSet data = (_gp = gp)._data;
            _stride = (data.Count + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
            _columns = new double[_stride * (data.Dimensions + data.Terms + 2)];
            _row = new double[_stride];
            for (int i = 0; i < data.Count; i++)
            {
                for (int d = 0; d < data.Dimensions; d++)
                {
                    _columns[(d * _stride) + i] = gp._scaledInputs[(i * data.Dimensions) + d];
                }

                for (int t = 0; t < data.Terms; t++)
                {
                    _columns[((data.Dimensions + t) * _stride) + i] = data.Basis[(i * data.Terms) + t];
                }

                _columns[((data.Dimensions + data.Terms) * _stride) + i] = data.LogLoad[i] * gp._inverseLoadLength;
                _columns[((data.Dimensions + data.Terms + 1) * _stride) + i] = data.Node[i];
            }
        }

        /// <summary>The factor of the whole.</summary>
        public Cholesky Factor()
        {
            int n = _gp._data.Count;
            int length = Cholesky.PackedLength(n);
            double[] whole = ArrayPool<double>.Shared.Rent(length);
            for (int i = 0; i < n; i++)
            {
                Row(i).CopyTo(whole.AsSpan(Cholesky.At(i, 0)));
            }

            var factor = Cholesky.Factor(whole.AsSpan(0, length), n);
            ArrayPool<double>.Shared.Return(whole);
            return factor;
        }

        /// <summary>One row up to its diagonal; valid until the next.</summary>
        public ReadOnlySpan<double> Row(int row)
        {
            (TrainingSet data, KernelPrior prior) = (_gp._data, _gp._prior);
            int load = data.Dimensions + data.Terms;
            for (int at = 0; at <= row; at += Vector<double>.Count)
            {
                Vector<double> squared = Vector<double>.Zero;
                for (int d = 0; d < data.Dimensions; d++)
                {
                    Vector<double> step = Lanes(d, at) - new Vector<double>(_columns[(d * _stride) + row]);
                    squared += step * step;
                }

                Vector<double> sum = Vector<double>.Zero;
                for (int t = data.Dimensions; t < load; t++)
                {
                    sum += Lanes(t, at) * _columns[(t * _stride) + row];
                }

                Vector<double> apart = Lanes(load, at) - new Vector<double>(_columns[(load * _stride) + row]);
                Vector<long> same = Vector.Equals(Lanes(load + 1, at), new Vector<double>(data.Node[row]));
                Vector<double> curved = Correlations.At(prior.Smoothness, squared) * Correlations.At(prior.Smoothness, apart * apart)
                    * _gp._variance;
                sum += curved * Vector.ConditionalSelect(same, Vector<double>.One, new Vector<double>(prior.NodeCorrelation));
                sum += Vector.ConditionalSelect(same, new Vector<double>(prior.NodeOffsetVariance), Vector<double>.Zero);
                sum.CopyTo(_row, at);
            }

            _row[row] += data.NoiseVariance[row];
            return _row.AsSpan(0, row + 1);
        }

        private Vector<double> Lanes(int column, int at) => new(_columns, (column * _stride) + at);
    }

    /// <summary>
    /// Posterior of the noise-free output at one load, for as many points at a time as a vector has lanes; keeps its buffers, so one
    /// scorer serves one thread and scoring allocates nothing.
    /// </summary>
    internal sealed class Scorer
    {
        private readonly GaussianProcess _gp;
        private readonly double[] _curvedFactor;
        private readonly double[] _offset;
        private readonly Vector<double>[] _cross;
        private readonly Vector<double>[] _scaled;

        internal Scorer(GaussianProcess gp, double logLoad)
        {
            _gp = gp;
            int n = gp._data.Count;
            (_curvedFactor, _offset) = (new double[n], new double[n]);
            (_cross, _scaled) = (new Vector<double>[n], new Vector<double>[gp._data.Dimensions]);
            for (int i = 0; i < n; i++)
            {
                double load = (gp._data.LogLoad[i] - logLoad) * gp._inverseLoadLength;
                bool same = gp._data.Node[i] == 0;
                _curvedFactor[i] = gp._variance * gp.Correlation(load * load) * (same ? 1 : gp._prior.NodeCorrelation);
                _offset[i] = same ? gp._prior.NodeOffsetVariance : 0;
            }
        }

        /// <summary>
        /// Mean and variance at the points of one block: their coordinates, their linear terms and the prior's means there, each one vector
        /// over the points.
        /// </summary>
        public (Vector<double> Mean, Vector<double> Variance) Predict(
            ReadOnlySpan<Vector<double>> x, ReadOnlySpan<Vector<double>> basis, Vector<double> priorMean)
        {
            for (int d = 0; d < _scaled.Length; d++)
            {
                _scaled[d] = x[d] * _gp._inverseLength[d];
            }

            Vector<double> mean = priorMean;
            for (int i = 0; i < _cross.Length; i++)
            {
                Vector<double> cross = Cross(i, basis);
                mean += cross * _gp._weights[i];
                _cross[i] = cross;
            }

            _gp._factor.SolveLower(_cross);
            Vector<double> variance = new(_gp._prior.NodeOffsetVariance + _gp._variance);
            foreach (Vector<double> term in basis)
            {
                variance += term * term;
            }

            foreach (Vector<double> v in _cross)
            {
                variance -= v * v;
            }

            return (mean, Vector.Max(variance, new Vector<double>(1e-12)));
        }

        private Vector<double> Cross(int row, ReadOnlySpan<Vector<double>> basis)
        {
            ReadOnlySpan<double> input = _gp._scaledInputs.AsSpan(row * _scaled.Length, _scaled.Length);
            Vector<double> squared = Vector<double>.Zero;
            for (int d = 0; d < input.Length; d++)
            {
                Vector<double> step = _scaled[d] - new Vector<double>(input[d]);
                squared += step * step;
            }

            Vector<double> linear = new(_offset[row]);
            ReadOnlySpan<double> terms = _gp._data.BasisOf(row);
            for (int t = 0; t < terms.Length; t++)
            {
                linear += basis[t] * terms[t];
            }

            return linear + (Correlations.At(_gp._prior.Smoothness, squared) * _curvedFactor[row]);
        }
    }
}
