using Fleet.Core.Knobs;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>Judges runs at one load and promise by the surface's true values.</summary>
internal sealed class RunJudge(Surface surface, double qps, Promise promise, double bestCost)
{
    /// <summary>Trials of a <see cref="Curve"/>.</summary>
    public const int CurveLength = 30;

    /// <summary>The means of the runs.</summary>
    public BenchmarkRow Row(string method, SearchRun[] runs)
    {
        int[] to5 = [.. runs.Select(r => FirstWithin(1.05, r)).Where(t => t > 0)];
        int[] to3 = [.. runs.Select(r => FirstWithin(1.03, r)).Where(t => t > 0)];
        double finalCost = runs.Average(r => promise.Cost(Cell(r.Final)));
        double[] searching = [.. runs.SelectMany(r => r.Trials).Select(s => Cell(s).Watts)];
        return new BenchmarkRow(
            qps,
            promise.ReportedSlaUs,
            method,
            runs.Length,
            to5.Length > 0 ? to5.Average() : null,
            (double)to5.Length / runs.Length,
            to3.Length > 0 ? to3.Average() : null,
            (double)to3.Length / runs.Length,
            runs.Average(r => r.Trials.Length),
            finalCost / bestCost,
            runs.Average(r => r.Trials.Count(s => !promise.Keeps(Cell(s)))),
            runs.Average(r => promise.Keeps(Cell(r.Final)) ? 0.0 : 1.0),
            searching.Length > 0 ? searching.Average() : runs.Average(r => Cell(r.Final).Watts),
            surface.Find(qps, Setting.Default) is { } atDefault ? 1 - (finalCost / promise.Cost(atDefault)) : null,
            promise.ReportedCapWatts);
    }

    /// <summary>
    /// Cost over the optimum's of what would be held after each trial: the cheapest tried setting that truly keeps the limit, the default's
    /// (or the limit-keeping cell's nearest to it) before there is one; the final setting's once the search has stopped. Mean of the runs.
    /// </summary>
    public double[] Curve(SearchRun[] runs)
    {
        double start = promise.Cost(surface.Find(qps, Setting.Default) ?? promise.Closest(surface, qps));
        double[] sum = new double[CurveLength];
        foreach (SearchRun run in runs)
        {
            double held = start;
            for (int t = 0; t < CurveLength; t++)
            {
                if (t < run.Trials.Length && Cell(run.Trials[t]) is { } cell && promise.Keeps(cell))
                {
                    held = Math.Min(held, promise.Cost(cell));
                }

                sum[t] += (t < run.Trials.Length ? held : promise.Cost(Cell(run.Final))) / bestCost / runs.Length;
            }
        }

        return sum;
    }

    private SurfaceCell Cell(Setting setting) => surface.Find(qps, setting) ?? promise.Closest(surface, qps);

    private int FirstWithin(double ratio, SearchRun run)
    {
        for (int i = 0; i < run.Trials.Length; i++)
        {
            SurfaceCell cell = Cell(run.Trials[i]);
            if (promise.Keeps(cell) && promise.Cost(cell) <= ratio * bestCost)
            {
                return i + 1;
            }
        }

        return 0;
    }
}
