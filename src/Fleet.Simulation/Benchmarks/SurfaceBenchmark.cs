using System.Collections.Immutable;
using Fleet.Core.Knobs;
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
        foreach (double slaUs in options.SlasUs)
        {
            foreach (double qps in surface.Loads)
            {
                if (BenchmarkMethods.Optimum(surface, qps, slaUs) is not { } best)
                {
                    SurfaceCell closest = surface.At(qps).MinBy(c => c.PercentileUs)!;
                    infeasible.Add(new InfeasibleCell(qps, slaUs, closest.Setting.ToString(), closest.PercentileUs));
                    continue;
                }

                rows.AddRange(options.Methods.Select(method => RunMethod(surface, options, method, qps, slaUs, best.Watts)));
            }
        }

        return new SurfaceReport([.. rows], [.. infeasible], SurfaceReport.Average(rows, options.Methods));
    }

    private static BenchmarkRow RunMethod(
        Surface surface, SurfaceBenchmarkOptions options, string method, double qps, double slaUs, double bestWatts)
    {
        var runs = new SearchRun[options.Runs];
        Parallel.For(0, options.Runs, i =>
        {
            ulong seed = options.Seed + (ulong)i;
            var noise = new TrialNoise(seed * 7919, surface.WattsNoise, surface.PercentileNoise);
            ImmutableArray<Observation> before = SearchRun.Warm(
                surface, options.WarmFrom.Where(q => q != qps), options.WarmSettings, noise, seed);
            ISettingSearch search = BenchmarkMethods.Create(method, surface, qps, slaUs);
            runs[i] = SearchRun.Play(search, surface, qps, slaUs, before, noise, seed, options.Search);
        });

        return Summarise(surface, method, qps, slaUs, bestWatts, runs);
    }

    private static BenchmarkRow Summarise(
        Surface surface, string method, double qps, double slaUs, double bestWatts, SearchRun[] runs)
    {
        int[] to5 = [.. runs.Select(r => FirstWithin(1.05, r)).Where(t => t > 0)];
        int[] to3 = [.. runs.Select(r => FirstWithin(1.03, r)).Where(t => t > 0)];
        double finalWatts = runs.Average(r => Cell(r.Final).Watts);
        double[] searching = [.. runs.SelectMany(r => r.Trials).Select(s => Cell(s).Watts)];
        return new BenchmarkRow(
            qps,
            slaUs,
            method,
            runs.Length,
            to5.Length > 0 ? to5.Average() : null,
            (double)to5.Length / runs.Length,
            to3.Length > 0 ? to3.Average() : null,
            (double)to3.Length / runs.Length,
            runs.Average(r => r.Trials.Length),
            finalWatts / bestWatts,
            runs.Average(r => r.Trials.Count(s => Cell(s).PercentileUs > slaUs)),
            runs.Average(r => Cell(r.Final).PercentileUs > slaUs ? 1.0 : 0.0),
            searching.Length > 0 ? searching.Average() : finalWatts,
            surface.Find(qps, Setting.Default) is { } atDefault ? 1 - (finalWatts / atDefault.Watts) : null);

        SurfaceCell Cell(Setting setting) => surface.Find(qps, setting) ?? surface.At(qps).MinBy(c => c.PercentileUs)!;

        int FirstWithin(double ratio, SearchRun run)
        {
            for (int i = 0; i < run.Trials.Length; i++)
            {
                SurfaceCell cell = Cell(run.Trials[i]);
                if (cell.PercentileUs <= slaUs && cell.Watts <= ratio * bestWatts)
                {
                    return i + 1;
                }
            }

            return 0;
        }
    }
}
