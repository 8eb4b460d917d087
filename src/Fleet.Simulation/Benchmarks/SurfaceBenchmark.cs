using System.Collections.Immutable;
using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>Plays searches on a measured surface and reports what they cost and what they found.</summary>
public static class SurfaceBenchmark
{
    /// <summary>Runs every method at every load and SLA. The same options give the same report.</summary>
    public static SurfaceReport Run(Surface surface, SurfaceBenchmarkOptions options)
    {
        var rows = new List<BenchmarkRow>();
        var infeasible = new List<InfeasibleCell>();
        var curves = options.Methods.ToDictionary(m => m, _ => new List<double[]>());
        foreach (Promise promise in options.Promises)
        {
            foreach (double qps in surface.Loads)
            {
                if (BenchmarkMethods.Optimum(surface, qps, promise) is not { } best)
                {
                    SurfaceCell closest = promise.Closest(surface, qps);
                    infeasible.Add(new InfeasibleCell(
                        qps, promise.ReportedSlaUs, closest.Setting.ToString(), closest.PercentileUs, promise.ReportedCapWatts, closest.Watts));
                    continue;
                }

                foreach (string method in options.Methods)
                {
                    SearchRun[] runs = Play(surface, options, method, qps, promise);
                    var judge = new RunJudge(surface, qps, promise, promise.Cost(best));
                    rows.Add(judge.Row(method, runs));
                    curves[method].Add(judge.Curve(runs));
                }
            }
        }

        return new SurfaceReport(
            [.. rows], [.. infeasible], SurfaceReport.Average(rows, options.Methods), [.. options.Methods.Distinct().Where(m => curves[m].Count > 0)
                .Select(m => new SearchCurve(m, [.. Enumerable.Range(0, RunJudge.CurveLength).Select(t => curves[m].Average(c => c[t]))]))]);
    }

    private static SearchRun[] Play(Surface surface, SurfaceBenchmarkOptions options, string method, double qps, Promise promise)
    {
        var runs = new SearchRun[options.Runs];
        Parallel.For(0, options.Runs, i =>
        {
            ulong seed = options.Seed + (ulong)i;
            var noise = new TrialNoise(seed * 7919, surface.WattsNoise, surface.PercentileNoise, options.StrayShare);
            ImmutableArray<Observation> before = SearchRun.Warm(
                surface, options.WarmFrom.Where(q => q != qps), options.WarmSettings, noise, seed);
            ISettingSearch search = BenchmarkMethods.Create(method, surface, qps, promise);
            runs[i] = SearchRun.Play(search, surface, qps, promise, before, noise, seed, options.Search);
        });
        return runs;
    }
}
