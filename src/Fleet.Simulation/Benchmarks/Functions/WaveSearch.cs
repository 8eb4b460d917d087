using System.Collections.Immutable;

namespace Fleet.Simulation.Benchmarks.Functions;

/// <summary>
/// Explains values as a constant, a few waves and a smooth rest: a spectral mixture kernel (Wilson and Adams, "Gaussian process kernels for
/// pattern discovery and extrapolation", ICML 2013) whose components have no width. Waves are added one at a time to the explanations that
/// the evidence prefers, from a grid of frequencies, and then tuned together.
/// </summary>
internal sealed class WaveSearch(WaveEvidence evidence)
{
    // Three waves and a constant have up to 13 weights; a budget of some 20 values tells no more apart.
    private const int MostWaves = 3;
    private const int Kept = 3;

    // Beyond three dimensions pairs of coordinates are too many to try.
    private const int MostDimensions = 3;

    private const double GridStep = 0.25;
    private const double MostCycles = 2.5;
    private const double LeastCycles = 0.05;

    // Steps of a frequency, in cycles per range, halved from the first (to the middle between two places of the grid) to the last, which turns a
    // phase by less than a thousandth across the range.
    private const double FirstStep = 0.12;
    private const double LastStep = 5e-4;

    // On the grid the rest's deviation is a sixth of the whole, as a wave between two places of the grid leaves; it is then tuned in steps
    // of four times a frequency's.
    private const double GridRest = -1.8;
    private const double RestSteps = 4;
    private const double SameWeight = 1e-2;

    /// <summary>The explanations that were kept, with one wave and more, in no order.</summary>
    public List<WaveExplanation> Explain()
    {
        var all = new List<WaveExplanation>();
        if (evidence.Dimensions > MostDimensions)
        {
            return all;
        }

        Wave[] candidates = [.. Candidates(evidence.Dimensions)];
        WaveExplanation[] parents = [new([], 0, double.NegativeInfinity)];
        for (int count = 1; count <= MostWaves; count++)
        {
            IEnumerable<WaveExplanation> grown = parents.SelectMany(p => Best(evidence.Extend(p.Waves, candidates, GridRest), 2 * Kept));
            var tuned = new List<WaveExplanation>();
            foreach (WaveExplanation explanation in Best(grown, 2 * Kept).Select(Tune))
            {
                // The same explanation reached from two places of the grid counts once.
                if (!tuned.Exists(t => Math.Abs(t.LogWeight - explanation.LogWeight) < SameWeight))
                {
                    tuned.Add(explanation);
                }
            }

            parents = Best(tuned, Kept);
            all.AddRange(parents.Select(p => p with { LogWeight = p.LogWeight + evidence.LogVolume(p) }));
        }

        return all;
    }

    private static WaveExplanation[] Best(IEnumerable<WaveExplanation> explanations, int count) =>
        [.. explanations.OrderByDescending(e => e.LogWeight).Take(count)];

    private static IEnumerable<Wave> Candidates(int dimensions)
    {
        var still = new Wave([.. Enumerable.Repeat(0.0, dimensions)]);
        double[] grid = [.. Enumerable.Range(1, (int)(MostCycles / GridStep)).Select(i => i * GridStep)];
        for (int a = 0; a < dimensions; a++)
        {
            foreach (Wave along in grid.Select(cycles => still.With(a, cycles)))
            {
                yield return along;
                for (int b = a + 1; b < dimensions; b++)
                {
                    foreach (double cycles in grid)
                    {
                        yield return along.With(b, cycles);
                    }
                }
            }
        }
    }

    private WaveExplanation Tune(WaveExplanation start)
    {
        WaveExplanation best = start;
        for (double step = FirstStep; step > LastStep; step /= 2)
        {
            bool moved = true;
            for (int sweep = 0; sweep < 3 && moved; sweep++)
            {
                WaveExplanation before = best;
                foreach ((int wave, int dimension) in Moving(best.Waves))
                {
                    best = Climb(best, step, (e, by) => Move(e, wave, dimension, by));
                }

                best = Climb(best, RestSteps * step, (e, by) => e with { LogRest = e.LogRest + by });
                moved = best != before;
            }
        }

        return best;
    }

    private static IEnumerable<(int Wave, int Dimension)> Moving(ImmutableArray<Wave> waves) =>
        from wave in Enumerable.Range(0, waves.Length)
        from dimension in Enumerable.Range(0, waves[wave].CyclesPerRange.Length)
        where waves[wave].CyclesPerRange[dimension] > 0
        select (wave, dimension);

    private static WaveExplanation Move(WaveExplanation start, int wave, int dimension, double by)
    {
        Wave moved = start.Waves[wave];
        double cycles = Math.Max(LeastCycles, moved.CyclesPerRange[dimension] + by);
        return start with { Waves = start.Waves.SetItem(wave, moved.With(dimension, cycles)) };
    }

    private WaveExplanation Climb(WaveExplanation start, double step, Func<WaveExplanation, double, WaveExplanation> move)
    {
        foreach (double by in (ReadOnlySpan<double>)[step, -step])
        {
            WaveExplanation to = move(start, by);
            double weight = evidence.LogWeight(to.Waves, to.LogRest);
            if (weight > start.LogWeight)
            {
                return to with { LogWeight = weight };
            }
        }

        return start;
    }
}
