using System.Collections.Immutable;
using Fleet.Core.Numerics;

namespace Fleet.Core.Models;

/// <summary>
/// Finds the most likely kernel parameters: log evidence plus log prior, by a pattern search from the prior's mode. With tens of rows the
/// prior dominates and the surface is smooth, so a search along the axes with a shrinking step finds the top in a few dozen
/// factorisations, with no gradient and no bad start.
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
    private readonly double[] _linear;
    private readonly double[] _matrix;
    private readonly double[] _residual;
    private readonly bool[] _varies;

    /// <summary>Caches what does not depend on the parameters.</summary>
    public Evidence(TrainingSet data, ImmutableArray<int> groups, KernelPrior prior)
    {
        (_data, _prior) = (data, prior);
        int n = data.Count;
        int tunedGroups = groups[^1];
        _parameters = tunedGroups + 2;
        _squared = [.. Enumerable.Range(0, tunedGroups).Select(_ => new double[n * n])];
        (_fixedDistance, _loadSquared, _linear) = (new double[n * n], new double[n * n], new double[n * n]);
        (_matrix, _residual) = (new double[n * n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                Cache(groups, tunedGroups, i, j);
            }
        }

        _varies = [.. _squared.Append(_loadSquared).Select(s => s.Any(v => v > 0)), true];
    }

    /// <summary>The most likely parameters.</summary>
    public double[] Maximise()
    {
        double[] best = _prior.Mode(_parameters);
        double bestValue = LogPosterior(best);
        for (double step = FirstStep; step > LastStep; step /= 2)
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

        return best;
    }

    /// <summary>ln evidence plus ln prior density, up to a constant.</summary>
    public double LogPosterior(ReadOnlySpan<double> parameters)
    {
        int n = _data.Count;
        double variance = Math.Exp(parameters[^1]);
        double inverseLoad = Math.Exp(-2 * parameters[^2]);
        Span<double> inverse = stackalloc double[_squared.Length];
        for (int g = 0; g < inverse.Length; g++)
        {
            inverse[g] = Math.Exp(-2 * parameters[g]);
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                int at = (i * n) + j;
                double distance = _fixedDistance[at];
                for (int g = 0; g < inverse.Length; g++)
                {
                    distance += _squared[g][at] * inverse[g];
                }

                double load = _loadSquared[at] == 0 ? 1 : GaussianProcess.Matern52(_loadSquared[at] * inverseLoad);
                double node = _data.Node[i] == _data.Node[j] ? 1 : _prior.NodeCorrelation;
                _matrix[at] = _linear[at] + (variance * node * load * GaussianProcess.Matern52(distance));
            }

            _matrix[(i * n) + i] += _data.NoiseVariance[i];
            _residual[i] = _data.Target[i] - _data.Mean[i];
        }

        Cholesky factor = Cholesky.Factor(_matrix, n);
        factor.SolveLower(_residual, _residual);
        return _prior.LogDensity(parameters) - factor.HalfLogDeterminant - (0.5 * Cholesky.Dot(_residual, _residual));
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
        int at = (i * _data.Count) + j;
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

        _loadSquared[at] = (_data.LogLoad[i] - _data.LogLoad[j]) * (_data.LogLoad[i] - _data.LogLoad[j]);
        _linear[at] = Cholesky.Dot(_data.BasisOf(i), _data.BasisOf(j))
            + (_data.Node[i] == _data.Node[j] ? _prior.NodeOffsetVariance : 0);
    }
}
