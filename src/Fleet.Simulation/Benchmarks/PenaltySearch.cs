using System.Numerics;
using Fleet.Core.Knobs;
using Fleet.Core.Models;
using Fleet.Core.Numerics;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// The published BayOp controller's method (arXiv 2502.14987, eq. 4 and its code): one Gaussian process on watts ·
/// max(p99 − SLA + 1, 1), declared noise-free; 5 random settings, then expected improvement to 30 trials, repeats allowed, no stop rule; no
/// knowledge from other loads.
/// </summary>
internal sealed class PenaltySearch : ISettingSearch
{
    private const int RandomTrials = 5;
    private const int Trials = 30;

    private static readonly OutputPrior Flat = new()
    {
        Kernel = new KernelPrior { LogVarianceMean = 0, LogVarianceSd = 1 },
        Clock = default,
        DelayAxis = default,
        DelayTail = default,
        Load = default,
        OtherAxis = default,
        Arm = default,
        NoiseFloor = 1e-3,
    };

    /// <inheritdoc/>
    public string Name => "bayop";

    /// <inheritdoc/>
    public SearchDecision Next(SearchRequest request)
    {
        Observation[] here = [.. request.Observations.Where(o => o.Qps == request.Qps && !o.Setting.IsDefault)];
        if (request.TrialsSoFar >= Trials)
        {
            Setting best = here.MinBy(o => Cost(o, request))?.Setting ?? Setting.Default;
            return new(SearchAction.Settle, best, "settle", null, null, null, null, "lowest penalised cost that was measured");
        }

        if (request.TrialsSoFar < RandomTrials)
        {
            Setting[] open = [.. request.Space.Enumerate().Where(s => !request.Excluded.Contains(s))];
            var random = new SeededNoise(request.Seed + ((ulong)request.TrialsSoFar * 0x9E3779B9));
            return new(SearchAction.Probe, open[random.NextLong(open.Length)], "initial", null, null, null, null, "drawn at random");
        }

        return new(SearchAction.Probe, BestExpected(request, here), "probe", null, null, null, null, "largest expected improvement");
    }

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;

    private static double Cost(Observation o, SearchRequest request) =>
        request.Objective.Cost(o.Watts, o.Qps, o.PercentileUs)
        * Math.Max(request.Objective.Limited(o.Watts, o.PercentileUs) - request.Objective.Limit(request.SlaUs) + 1, 1);

    private static Setting BestExpected(SearchRequest request, Observation[] here)
    {
        double[] cost = [.. here.Select(o => Cost(o, request))];
        double mean = cost.Average();
        double sd = Math.Max(1e-9, Math.Sqrt(cost.Average(c => (c - mean) * (c - mean))));
        double[] target = [.. cost.Select(c => (c - mean) / sd)];
        var space = new InputSpace(request.Space);
        var terms = new LinearTerms(space, Flat, 0, 1, 0);
        int n = here.Length;
        var (inputs, basis) = (new double[n * space.Dimensions], new double[n * terms.Count]);
        for (int i = 0; i < n; i++)
        {
            Span<double> x = inputs.AsSpan(i * space.Dimensions, space.Dimensions);
            int[] indices = space.IndicesOf(here[i].Setting)!;
            space.Encode(indices, x);
            terms.Write(indices, x, 0, basis.AsSpan(i * terms.Count, terms.Count));
        }

        double[] noise = [.. target.Select(_ => Flat.NoiseFloor * Flat.NoiseFloor)];
        var rows = new TrainingSet(inputs, space.Dimensions, new double[n], basis, terms.Count, new double[n], new int[n], target, noise);
        double[] parameters = new Evidence(rows, space.Groups, Flat.Kernel).Maximise().Parameters;
        GaussianProcess.Scorer scorer = new GaussianProcess(rows, space.Groups, Flat.Kernel, parameters).At(0);
        return Best(request, space, terms, scorer, target.Min());
    }

    private static Setting Best(SearchRequest request, InputSpace space, LinearTerms terms, GaussianProcess.Scorer scorer, double incumbent)
    {
        var (point, basis) = (new double[space.Dimensions], new double[terms.Count]);
        var (points, bases) = (new Vector<double>[space.Dimensions], new Vector<double>[terms.Count]);
        Setting? best = null;
        double bestScore = double.NegativeInfinity;
        foreach (Setting setting in request.Space.Enumerate())
        {
            if (request.Excluded.Contains(setting))
            {
                continue;
            }

            int[] indices = space.IndicesOf(setting)!;
            space.Encode(indices, point);
            terms.Write(indices, point, 0, basis);
            Spread(point, points);
            Spread(basis, bases);
            (Vector<double> mean, Vector<double> variance) = scorer.Predict(points, bases, Vector<double>.Zero);
            double sd = Math.Sqrt(variance[0]);
            double score = Math.Log(sd) + NormalTails.LogImprovement((incumbent - mean[0]) / sd);
            if (score > bestScore)
            {
                (bestScore, best) = (score, setting);
            }
        }

        return best!;
    }

    private static void Spread(ReadOnlySpan<double> values, Span<Vector<double>> vectors)
    {
        for (int i = 0; i < values.Length; i++)
        {
            vectors[i] = new Vector<double>(values[i]);
        }
    }
}
