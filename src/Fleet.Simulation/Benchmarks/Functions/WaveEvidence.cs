using System.Collections.Immutable;
using Fleet.Core.Numerics;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// How well a constant, waves and a smooth rest explain exact values (Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006,
/// eq. 5.8), times the prior: frequencies of about one cycle per range and below, and a rest of a tenth of the whole, give or take a
/// factor of four.
/// </summary>
internal sealed class WaveEvidence
{
    private const double CyclesSd = 1;
    private const double LogRestSd = 1.5;
    private static readonly double LogRestMean = Math.Log(0.1);

    private readonly IReadOnlyList<double[]> _points;
    private readonly double[] _target;
    private readonly double _noiseVariance;
    private readonly double[] _smooth;
    private readonly double[] _waves;
    private readonly double[] _matrix;
    private readonly double[] _solved;
    private readonly Cholesky _factor;

    /// <summary>Values of unit variance at points of the unit cube; the rest's correlation is a squared exponential.</summary>
    public WaveEvidence(IReadOnlyList<double[]> points, double[] target, double lengthScale, double noiseVariance)
    {
        (_points, _target, _noiseVariance) = (points, target, noiseVariance);
        int pairs = Cholesky.PackedLength(points.Count);
        (_smooth, _waves, _matrix) = (new double[pairs], new double[pairs], new double[pairs]);
        (_solved, _factor) = (new double[points.Count], new Cholesky(points.Count));
        for (int i = 0; i < points.Count; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double squared = points[i].Zip(points[j]).Sum(c => (c.First - c.Second) * (c.First - c.Second));
                _smooth[Cholesky.At(i, j)] = Math.Exp(-0.5 * squared / (lengthScale * lengthScale));
            }
        }
    }

    /// <summary>Coordinates of a point.</summary>
    public int Dimensions => _points[0].Length;

    /// <summary>ln of evidence times prior.</summary>
    public double LogWeight(ImmutableArray<Wave> waves, double logRest)
    {
        Set(waves);
        return LogWeightOfRest(logRest) + waves.Sum(LogPrior);
    }

    /// <summary>The given waves with each of several others added, and this rest.</summary>
    public IEnumerable<WaveExplanation> Extend(ImmutableArray<Wave> waves, IEnumerable<Wave> candidates, double logRest)
    {
        Set(waves);
        double[] given = [.. _waves];
        double prior = waves.Sum(LogPrior);
        foreach (Wave candidate in candidates.Where(c => !waves.Any(w => w.CyclesPerRange.SequenceEqual(c.CyclesPerRange))))
        {
            given.CopyTo(_waves, 0);
            Add(candidate);
            yield return new([.. waves, candidate], logRest, LogWeightOfRest(logRest) + prior + LogPrior(candidate));
        }
    }

    /// <summary>
    /// ln of the share that the values leave of the prior's width of each frequency, from the weight's curvature (Laplace's approximation).
    /// </summary>
    public double LogVolume(WaveExplanation at)
    {
        const double Step = 2e-3;
        double sum = 0;
        for (int w = 0; w < at.Waves.Length; w++)
        {
            for (int d = 0; d < Dimensions; d++)
            {
                if (at.Waves[w].CyclesPerRange[d] is > 0 and var cycles)
                {
                    double above = LogWeight(at.Waves.SetItem(w, at.Waves[w].With(d, cycles + Step)), at.LogRest);
                    double below = LogWeight(at.Waves.SetItem(w, at.Waves[w].With(d, cycles - Step)), at.LogRest);
                    double curvature = ((2 * at.LogWeight) - above - below) / (Step * Step);
                    sum -= 0.5 * Math.Log(Math.Max(1, curvature * CyclesSd * CyclesSd));
                }
            }
        }

        return sum;
    }

    private static double LogPrior(Wave wave) => wave.CyclesPerRange.Sum(c => -0.5 * c * c / (CyclesSd * CyclesSd));

    private void Set(ImmutableArray<Wave> waves)
    {
        // The constant's own term.
        Array.Fill(_waves, 1);
        foreach (Wave wave in waves)
        {
            Add(wave);
        }
    }

    private void Add(Wave wave)
    {
        int n = _points.Count;
        Span<double> terms = stackalloc double[Wave.MostTerms * n];
        for (int i = 0; i < n; i++)
        {
            wave.Write(_points[i], terms[(Wave.MostTerms * i)..]);
        }

        int count = wave.Terms;
        for (int i = 0, at = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = terms.Slice(Wave.MostTerms * i, count);
            for (int j = 0; j <= i; j++, at++)
            {
                _waves[at] += Cholesky.Dot(row, terms.Slice(Wave.MostTerms * j, count));
            }
        }
    }

    private double LogWeightOfRest(double logRest)
    {
        double variance = Math.Exp(2 * logRest);
        for (int i = 0; i < _matrix.Length; i++)
        {
            _matrix[i] = _waves[i] + (variance * _smooth[i]);
        }

        for (int i = 0; i < _target.Length; i++)
        {
            _matrix[Cholesky.At(i, i)] += _noiseVariance;
        }

        _factor.Factor(_matrix);
        _factor.SolveLower(_target, _solved);
        double z = (logRest - LogRestMean) / LogRestSd;
        return (-0.5 * z * z) - _factor.HalfLogDeterminant - (0.5 * Cholesky.Dot(_solved, _solved));
    }
}
