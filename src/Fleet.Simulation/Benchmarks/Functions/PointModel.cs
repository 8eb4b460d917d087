using System.Collections.Immutable;
using System.Numerics;
using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// One output of a test function as the production Gaussian process sees it: a constant and a correlation, no physics. Test functions are
/// analytic, so the correlation is the squared exponential; its length scales, whether and with which period it repeats, and whether a few
/// waves explain most of it are a mixture weighted by evidence instead of a single guess: with a dozen points several explanations fit, and
/// the best alone is too sure of itself.
/// </summary>
internal sealed class PointModel
{
    // Test functions are exact; the noise only keeps the factorisation sound.
    private const double NoiseVariance = 1e-8;

    // So many explanations at most, none of which has less than e⁻⁵ of the best one's evidence.
    private const int MostMembers = 8;
    private const double LeastLogShare = -5;

    // A third of the range in two dimensions, longer in more, where points are further apart.
    private const double MedianLength = 0.35;

    // The climb starts at the prior's mode and at shorter and longer scales, in its standard deviations: evidence has several tops.
    private static readonly double[] Starts = [-1.2, 0, 1.2];

    // Periods in ranges of a coordinate, from one that nearly fills it to one too long to show, and none.
    private static readonly double[] Periods = [double.PositiveInfinity, 1.1, 1.6, 2.4];

    private readonly Member[] _members;
    private readonly int _mostInputs;
    private readonly int _mostTerms;
    private readonly double _shift;

    /// <summary>Fits the values at points of the unit cube. The scale is the values' own; the shift is their mean, or none.</summary>
    public PointModel(IReadOnlyList<double[]> points, ReadOnlySpan<double> values, bool centre)
    {
        (_shift, Scale) = Standard(values, centre);
        double[] target = [.. values];
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (target[i] - _shift) / Scale;
        }

        _members = Fit(points, target);
        (_mostInputs, _mostTerms) = (_members.Max(m => m.Embedding.Inputs), _members.Max(m => m.Embedding.Terms));
    }

    /// <summary>Standard deviation of the values.</summary>
    public double Scale { get; }

    /// <summary>ln of the expected improvement below a value, at as many points of the unit cube as a vector has lanes.</summary>
    public void AddLogImprovement(ReadOnlySpan<double[]> points, double below, Span<double> into) =>
        Add(points, into, (mean, sd) => Math.Log(sd) + NormalTails.LogImprovement((((below - _shift) / Scale) - mean) / sd));

    /// <summary>ln of the probability that the output is at most 0, at as many points as a vector has lanes.</summary>
    public void AddLogFeasible(ReadOnlySpan<double[]> points, Span<double> into) =>
        Add(points, into, (mean, sd) => NormalTails.LogCdf(((-_shift / Scale) - mean) / sd));

    private void Add(ReadOnlySpan<double[]> points, Span<double> into, Func<double, double, double> score)
    {
        Span<double> sum = stackalloc double[points.Length];
        sum.Fill(double.NegativeInfinity);
        Span<Vector<double>> inputs = stackalloc Vector<double>[_mostInputs];
        Span<Vector<double>> terms = stackalloc Vector<double>[_mostTerms];
        foreach ((PointEmbedding embedding, GaussianProcess.Scorer scorer, double logWeight) in _members)
        {
            embedding.Write(points, inputs, terms);
            (Vector<double> mean, Vector<double> variance) =
                scorer.Predict(inputs[..embedding.Inputs], terms[..embedding.Terms], Vector<double>.Zero);
            for (int lane = 0; lane < points.Length; lane++)
            {
                double term = logWeight + score(mean[lane], Math.Sqrt(variance[lane]));
                double high = Math.Max(sum[lane], term);
                sum[lane] = high + Math.Log(Math.Exp(sum[lane] - high) + Math.Exp(term - high));
            }
        }

        for (int lane = 0; lane < points.Length; lane++)
        {
            into[lane] += sum[lane];
        }
    }

    private static (double Shift, double Scale) Standard(ReadOnlySpan<double> values, bool centre)
    {
        double mean = 0;
        foreach (double v in values)
        {
            mean += v / values.Length;
        }

        double variance = 0;
        foreach (double v in values)
        {
            variance += (v - mean) * (v - mean) / values.Length;
        }

        return (centre ? mean : 0, variance > 0 ? Math.Sqrt(variance) : 1);
    }

    private static Member[] Fit(IReadOnlyList<double[]> points, double[] target)
    {
        var prior = new KernelPrior
        {
            LogLengthMean = Math.Log(MedianLength) + (0.5 * Math.Log(points[0].Length / 2.0)),
            LogVarianceMean = 0,
            LogVarianceSd = 1,
            Smoothness = Smoothness.SquaredExponential,
        };
        Explanation[] found = [.. Smooth(points, target, prior), .. Waving(points, target, prior)];
        double best = found.Max(f => f.LogWeight);
        Explanation[] kept = [.. found.OrderByDescending(f => f.LogWeight).Take(MostMembers).Where(f => f.LogWeight > best + LeastLogShare)];
        double total = kept.Sum(f => Math.Exp(f.LogWeight - best));
        return [.. kept.Select(f =>
        {
            (TrainingSet data, ImmutableArray<int> groups) = f.Embedding.Rows(points, target, NoiseVariance);
            var process = new GaussianProcess(data, groups, prior, f.Parameters);
            return new Member(f.Embedding, process.At(0), f.LogWeight - best - Math.Log(total));
        })];
    }

    private static List<Explanation> Smooth(IReadOnlyList<double[]> points, double[] target, KernelPrior prior)
    {
        var found = new List<Explanation>();
        int dimensions = points[0].Length;
        foreach (double period in Periods)
        {
            var embedding = new PointEmbedding(dimensions, period, []);
            (TrainingSet data, ImmutableArray<int> groups) = embedding.Rows(points, target, NoiseVariance);
            var evidence = new Evidence(data, groups, prior);
            foreach (double start in Starts)
            {
                double[] from = prior.Mode(dimensions + 2);
                for (int d = 0; d < dimensions; d++)
                {
                    from[d] += start * prior.LogLengthSd;
                }

                (double[] parameters, double logPosterior) = evidence.Climb(from, 0.8, 0.05);
                if (!found.Exists(f => Math.Abs(f.LogWeight - logPosterior) < 1e-3 && f.Embedding.Period.Equals(period)))
                {
                    found.Add(new(embedding, parameters, logPosterior));
                }
            }
        }

        return found;
    }

    private static IEnumerable<Explanation> Waving(IReadOnlyList<double[]> points, double[] target, KernelPrior prior)
    {
        int dimensions = points[0].Length;
        var search = new WaveSearch(new WaveEvidence(points, target, Math.Exp(prior.LogLengthMean), NoiseVariance));
        foreach (WaveExplanation found in search.Explain())
        {
            double[] parameters = prior.Mode(dimensions + 2);
            parameters[^1] = 2 * found.LogRest;
            yield return new(new PointEmbedding(dimensions, double.PositiveInfinity, found.Waves), parameters, found.LogWeight);
        }
    }

    /// <summary>An explanation of the values: what the process sees of a point, its kernel's parameters, ln of evidence times prior.</summary>
    private readonly record struct Explanation(PointEmbedding Embedding, double[] Parameters, double LogWeight);

    /// <summary>An explanation, ready to predict, with its share of the belief.</summary>
    private readonly record struct Member(PointEmbedding Embedding, GaussianProcess.Scorer Scorer, double LogWeight);
}
