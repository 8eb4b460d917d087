using System.Collections.Immutable;
using System.Numerics;
using Fleet.Core.Models;
using Fleet.Core.Numerics;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// One output of a test function as the production Gaussian process sees it: a constant and a correlation, no physics. Test functions are
/// analytic, so the correlation is the squared exponential; whether and with which period it repeats, and its length scales, are a mixture
/// weighted by evidence instead of a single guess: with a dozen points several explanations fit, and the best alone is too sure of itself.
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
    private readonly Vector<double>[] _basis = [Vector<double>.One];
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
        Span<Vector<double>> x = stackalloc Vector<double>[(2 * points[0].Length) + 1];
        foreach ((GaussianProcess.Scorer scorer, double period, double logWeight) in _members)
        {
            int width = Embed(points, period, x);
            (Vector<double> mean, Vector<double> variance) = scorer.Predict(x[..width], _basis, Vector<double>.Zero);
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

    private static int Embed(ReadOnlySpan<double[]> points, double period, Span<Vector<double>> x)
    {
        int at = 0;
        Span<double> lanes = stackalloc double[Vector<double>.Count];
        Span<double> other = stackalloc double[Vector<double>.Count];
        for (int d = 0; d < points[0].Length; d++)
        {
            for (int lane = 0; lane < lanes.Length; lane++)
            {
                (lanes[lane], other[lane]) = Embed(points[Math.Min(lane, points.Length - 1)][d], period);
            }

            x[at++] = new Vector<double>(lanes);
            if (double.IsFinite(period))
            {
                x[at++] = new Vector<double>(other);
            }
        }

        // The last coordinate is the kernel default's own in the production model; here every point lies off it.
        x[at++] = Vector<double>.Zero;
        return at;
    }

    /// <summary>
    /// A coordinate as a point on a circle of the period's length: distances repeat with the period, and short ones stay what they are.
    /// </summary>
    private static (double X, double Y) Embed(double u, double period)
    {
        double turn = 2 * Math.PI / period;
        return double.IsFinite(period) ? (Math.Sin(turn * u) / turn, Math.Cos(turn * u) / turn) : (u, 0);
    }

    private static Member[] Fit(IReadOnlyList<double[]> points, double[] target)
    {
        var found = new List<(TrainingSet Data, ImmutableArray<int> Groups, double Period, double[] Parameters, double LogPosterior)>();
        int dimensions = points[0].Length;
        var prior = new KernelPrior
        {
            LogLengthMean = Math.Log(MedianLength) + (0.5 * Math.Log(dimensions / 2.0)),
            LogVarianceMean = 0,
            LogVarianceSd = 1,
            Smoothness = Smoothness.SquaredExponential,
        };
        foreach (double period in Periods)
        {
            (TrainingSet data, ImmutableArray<int> groups) = Rows(points, target, period);
            var evidence = new Evidence(data, groups, prior);
            foreach (double start in Starts)
            {
                double[] from = prior.Mode(dimensions + 2);
                for (int d = 0; d < dimensions; d++)
                {
                    from[d] += start * prior.LogLengthSd;
                }

                (double[] parameters, double logPosterior) = evidence.Climb(from, 0.8, 0.05);
                if (!found.Exists(f => Math.Abs(f.LogPosterior - logPosterior) < 1e-3 && f.Period.Equals(period)))
                {
                    found.Add((data, groups, period, parameters, logPosterior));
                }
            }
        }

        double best = found.Max(f => f.LogPosterior);
        var kept = found.OrderByDescending(f => f.LogPosterior).Take(MostMembers).Where(f => f.LogPosterior > best + LeastLogShare).ToArray();
        double total = kept.Sum(f => Math.Exp(f.LogPosterior - best));
        return [.. kept.Select(f => new Member(
            new GaussianProcess(f.Data, f.Groups, prior, f.Parameters).At(0), f.Period, f.LogPosterior - best - Math.Log(total)))];
    }

    private static (TrainingSet Data, ImmutableArray<int> Groups) Rows(IReadOnlyList<double[]> points, double[] target, double period)
    {
        int n = points.Count;
        int dimensions = points[0].Length;
        int each = double.IsFinite(period) ? 2 : 1;
        int width = (each * dimensions) + 1;
        var inputs = new double[n * width];
        var (noise, basis) = (new double[n], new double[n]);
        for (int i = 0; i < n; i++)
        {
            for (int d = 0; d < dimensions; d++)
            {
                (double x, double y) = Embed(points[i][d], period);
                inputs[(i * width) + (each * d)] = x;
                inputs[(i * width) + (each * d) + each - 1] = each == 1 ? x : y;
            }

            (noise[i], basis[i]) = (NoiseVariance, 1);
        }

        ImmutableArray<int> groups = [.. Enumerable.Range(0, dimensions).SelectMany(d => Enumerable.Repeat(d, each)), dimensions];
        return (new TrainingSet(inputs, width, new double[n], basis, 1, new double[n], new int[n], target, noise), groups);
    }

    /// <summary>One explanation of the values with its share of the belief.</summary>
    private readonly record struct Member(GaussianProcess.Scorer Scorer, double Period, double LogWeight);
}
