using System.Collections.Immutable;
using System.Numerics;
using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// Finds the most likely kernel parameters: log evidence plus log prior, by a pattern search from the prior's mode. With tens of rows the
/// prior dominates and the surface is smooth, so a search along the axes with a shrinking step finds the top in a few dozen
/// factorisations, with no gradient and no bad start. Everything is packed and reused, so an evaluation allocates nothing.
/// </summary>
internal sealed class Evidence
{
    private const double FirstStep = 0.8;
    private const double LastStep = 0.2;

    private readonly TrainingSet _data;
    private readonly KernelPrior _prior;
    private readonly int _parameters;
    private readonly double[][] _squared;
    private readonly double[] _fixedDistance;
    private readonly double[] _loadSquared;
    private readonly double[] _nodeCorrelation;
    private readonly double[] _linear;
    private readonly double[] _load;
    private readonly double[] _matrix;
    private readonly double[] _residual;
    private readonly bool[] _varies;
    private readonly Cholesky _factor;
    private double _loadOf = double.NaN;

    /// <summary>Caches what does not depend on the parameters.</summary>
    public Evidence(TrainingSet data, ImmutableArray<int> groups, KernelPrior prior)
    {
        (_data, _prior, _factor) = (data, prior, new Cholesky(data.Count));
        int tunedGroups = groups[^1];
        _parameters = tunedGroups + 2;

        // Rounded up so that every vector of the last elements is whole.
        int pairs = Cholesky.PackedLength(data.Count);
        int room = (pairs + Vector<double>.Count - 1) / Vector<double>.Count * Vector<double>.Count;
        _squared = [.. Enumerable.Range(0, tunedGroups).Select(_ => new double[room])];
        (_fixedDistance, _loadSquared, _linear) = (new double[room], new double[room], new double[room]);
        (_nodeCorrelation, _load, _matrix, _residual) = (new double[room], new double[room], new double[room], new double[data.Count]);
        for (int i = 0; i < data.Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Cache(groups, tunedGroups, i, j);
            }
        }

        _varies = [.. _squared.Append(_loadSquared).Select(s => Array.Exists(s, v => v > 0)), true];
    }

    /// <summary>The most likely parameters and their ln evidence plus ln prior density.</summary>
    public (double[] Parameters, double LogPosterior) Maximise() => Climb(_prior.Mode(_parameters), FirstStep, LastStep);

    /// <summary>Climbs from a start; steps are in standard deviations of the prior and halve from the first to the last.</summary>
    public (double[] Parameters, double LogPosterior) Climb(double[] start, double firstStep, double lastStep)
    {
        double[] best = [.. start];
        double bestValue = LogPosterior(best);
        for (double step = firstStep; step > lastStep; step /= 2)
        {
            bool moved = true;
            for (int sweep = 0; sweep < 2 && moved; sweep++)
            {
                moved = false;
                for (int p = _parameters - 1; p >= 0; p--)
                {
                    moved |= _varies[p] && Climb(best, ref bestValue, p, step * _prior.SdOf(p, _parameters));
                }
            }
        }

        return (best, bestValue);
    }

    /// <summary>ln evidence plus ln prior density, up to a constant that all parameters share.</summary>
    public double LogPosterior(ReadOnlySpan<double> parameters)
    {
        int n = _data.Count;
        FillLoad(parameters[^2]);
        FillMatrix(parameters);
        for (int i = 0; i < n; i++)
        {
            _matrix[Cholesky.At(i, i)] += _data.NoiseVariance[i];
            _residual[i] = _data.Target[i] - _data.Mean[i];
        }

        _factor.Factor(_matrix.AsSpan(0, Cholesky.PackedLength(n)));
        _factor.SolveLower(_residual, _residual);
        return _prior.LogDensity(parameters) - _factor.HalfLogDeterminant - (0.5 * Cholesky.Dot(_residual, _residual));
    }

    private void FillLoad(double logLength)
    {
        if (logLength.Equals(_loadOf))
        {
            return;
        }

        _loadOf = logLength;
        double inverse = Math.Exp(-2 * logLength);
        for (int at = 0; at < _load.Length; at += Vector<double>.Count)
        {
            Vector<double> load = Correlations.At(_prior.Smoothness, new Vector<double>(_loadSquared, at) * inverse);
            (load * new Vector<double>(_nodeCorrelation, at)).CopyTo(_load, at);
        }
    }

    private void FillMatrix(ReadOnlySpan<double> parameters)
    {
        double variance = Math.Exp(parameters[^1]);
        Span<double> inverse = stackalloc double[_squared.Length];
        for (int g = 0; g < inverse.Length; g++)
        {
            inverse[g] = Math.Exp(-2 * parameters[g]);
        }

        for (int at = 0; at < _matrix.Length; at += Vector<double>.Count)
        {
            var distance = new Vector<double>(_fixedDistance, at);
            for (int g = 0; g < inverse.Length; g++)
            {
                distance += new Vector<double>(_squared[g], at) * inverse[g];
            }

            Vector<double> curved = Correlations.At(_prior.Smoothness, distance) * new Vector<double>(_load, at) * variance;
            (curved + new Vector<double>(_linear, at)).CopyTo(_matrix, at);
        }
    }

    private bool Climb(double[] best, ref double bestValue, int parameter, double step)
    {
        double start = best[parameter];
        foreach (double candidate in (ReadOnlySpan<double>)[start + step, start - step])
        {
            best[parameter] = candidate;
            double value = LogPosterior(best);
            if (value > bestValue)
            {
                bestValue = value;
                return true;
            }
        }

        best[parameter] = start;
        return false;
    }

    private void Cache(ImmutableArray<int> groups, int tunedGroups, int i, int j)
    {
        int at = Cholesky.At(i, j);
        ReadOnlySpan<double> a = _data.Input(i);
        ReadOnlySpan<double> b = _data.Input(j);
        for (int d = 0; d < a.Length; d++)
        {
            double squared = (a[d] - b[d]) * (a[d] - b[d]);
            if (groups[d] == tunedGroups)
            {
                _fixedDistance[at] += squared / (KernelPrior.DefaultArmLength * KernelPrior.DefaultArmLength);
            }
            else
            {
                _squared[groups[d]][at] += squared;
            }
        }

        bool sameNode = _data.Node[i] == _data.Node[j];
        _loadSquared[at] = (_data.LogLoad[i] - _data.LogLoad[j]) * (_data.LogLoad[i] - _data.LogLoad[j]);
        _nodeCorrelation[at] = sameNode ? 1 : _prior.NodeCorrelation;
        _linear[at] = Cholesky.Dot(_data.BasisOf(i), _data.BasisOf(j)) + (sameNode ? _prior.NodeOffsetVariance : 0);
    }
}
