using System.Numerics;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// The production search's method on a continuous domain: one Gaussian process per output, ln expected improvement plus ln probability of
/// meeting each constraint, maximised over random points and by steps around the best ones.
/// </summary>
internal sealed class ContinuousSearch(TestProblem problem, ulong seed)
{
    // While budget is left an improvement counts only beyond this share of the values' spread, so that one basin is not polished before
    // the others are seen; the last third of the budget polishes (the margin of Jones, "A taxonomy of global optimization methods", 2001).
    private const double Margin = 0.2;

    // The last fifth of the budget makes the best point exact, within a tenth of the range, where the model sees a thousandth of the values'
    // spread to gain there (local steps between global ones: Diouane et al., "TREGO", 2022).
    private const double Local = 0.2;
    private const double Region = 0.1;
    private const double LocalGain = 1e-3;

    private const double Polish = 0.35;

    private const int Scattered = 1000;
    private const int PerScale = 60;
    private const int Starts = 3;
    private const int Refinements = 60;
    private static readonly double[] Scales = [0.2, 0.06, 0.02, 0.006, 0.002];

    private readonly List<double[]> _points = [];
    private readonly List<double[]> _outputs = [];
    private SeededNoise _random = new(seed);

    /// <summary>Values of the objective in the order of the trials; infinite where a constraint is broken.</summary>
    public IEnumerable<double> Values => _outputs.Select(o => Feasible(o) ? o[0] : double.PositiveInfinity);

    /// <summary>The best point that meets the constraints, in the domain; null before the first.</summary>
    public double[]? Best => BestIndex() is { } i ? problem.ToDomain(_points[i]) : null;

    /// <summary>Draws points at random, only those that the known constraints allow.</summary>
    public void Scatter(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Try(Draw());
        }
    }

    /// <summary>Spreads points evenly: Halton's sequence with a random shift.</summary>
    public void Spread(int count)
    {
        double[] shift = [.. Enumerable.Range(0, problem.Dimensions).Select(_ => Uniform())];
        for (int i = 1; _points.Count < count; i++)
        {
            double[] point = [.. shift.Select((s, d) => (Halton.Value(i, d) + s) % 1)];
            if (Allowed(point))
            {
                Try(point);
            }
        }
    }

    /// <summary>Chooses and tries the next point; <paramref name="left"/> is the share of the budget that is left, 1 to 0.</summary>
    public void Step(double left)
    {
        var models = new PointModel[1 + problem.Constraints.Length];
        for (int output = 0; output < models.Length; output++)
        {
            models[output] = new PointModel(_points, [.. _outputs.Select(o => o[output])], centre: output == 0);
        }

        double margin = Margin * Math.Max(0, (left - Polish) / (1 - Polish)) * models[0].Scale;
        double? incumbent = BestIndex() is { } best ? _outputs[best][0] - margin : null;
        var points = new List<double[]>();
        for (int i = 0; i < Scattered; i++)
        {
            points.Add(Draw());
        }

        if (BestIndex() is { } at)
        {
            foreach (double scale in Scales)
            {
                for (int i = 0; i < PerScale; i++)
                {
                    points.Add(Near(_points[at], scale));
                }
            }
        }

        // The last steps make the best point exact where the model sees something to gain there; before, and where it does not, the whole
        // domain is open.
        if (left <= Local && BestIndex() is { } centre)
        {
            double[][] near = [.. points.Where(p => p.Zip(_points[centre]).All(c => Math.Abs(c.First - c.Second) <= Region))];
            double[] gains = Scores(models, incumbent, near);
            if (gains.Length > 0 && gains.Max() > Math.Log(LocalGain * models[0].Scale))
            {
                points = [.. near];
            }
        }

        double[][] scattered = [.. points];
        double[] scores = Scores(models, incumbent, scattered);
        Try(Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i]).Take(Starts)
            .Select(i => Climb(models, incumbent, scattered[i], scores[i])).MaxBy(s => s.Score).Point);
    }

    private (double[] Point, double Score) Climb(PointModel[] models, double? incumbent, double[] point, double score)
    {
        double[][] near = new double[Vector<double>.Count][];
        for (int i = 0; i < Refinements; i++)
        {
            double scale = 0.1 * Math.Pow(0.005, (double)i / Refinements);
            for (int lane = 0; lane < near.Length; lane++)
            {
                near[lane] = Near(point, scale);
            }

            double[] scores = Scores(models, incumbent, near);
            int best = Array.IndexOf(scores, scores.Max());
            (point, score) = scores[best] > score ? (near[best], scores[best]) : (point, score);
        }

        return (point, score);
    }

    private double[] Scores(PointModel[] models, double? incumbent, double[][] points)
    {
        double[] scores = new double[points.Length];
        for (int first = 0; first < points.Length; first += Vector<double>.Count)
        {
            int end = Math.Min(first + Vector<double>.Count, points.Length);
            Span<double> into = scores.AsSpan(first..end);
            ReadOnlySpan<double[]> block = points.AsSpan(first..end);
            if (incumbent is { } reference)
            {
                models[0].AddLogImprovement(block, reference, into);
            }

            for (int c = 1; c < models.Length; c++)
            {
                models[c].AddLogFeasible(block, into);
            }
        }

        for (int i = 0; i < points.Length; i++)
        {
            scores[i] = Allowed(points[i]) ? scores[i] : double.NegativeInfinity;
        }

        return scores;
    }

    private void Try(double[] point)
    {
        double[] x = problem.ToDomain(point);
        _points.Add(point);
        _outputs.Add([problem.Objective(x), .. problem.Constraints.Select(c => c(x))]);
    }

    private int? BestIndex()
    {
        int? best = null;
        for (int i = 0; i < _outputs.Count; i++)
        {
            if (Feasible(_outputs[i]) && (best is null || _outputs[i][0] < _outputs[best.Value][0]))
            {
                best = i;
            }
        }

        return best;
    }

    private static bool Feasible(double[] outputs) => outputs.Skip(1).All(c => c <= 0);

    private bool Allowed(double[] point) => problem.Known is null || problem.Known(problem.ToDomain(point));

    private double[] Draw()
    {
        while (true)
        {
            double[] point = [.. Enumerable.Range(0, problem.Dimensions).Select(_ => Uniform())];
            if (Allowed(point))
            {
                return point;
            }
        }
    }

    private double[] Near(double[] centre, double scale) => [.. centre.Select(c => Math.Clamp(c + (scale * _random.NextNormal()), 0, 1))];

    private double Uniform() => _random.NextLong(1L << 53) / (double)(1L << 53);
}
