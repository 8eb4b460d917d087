using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Search;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Benchmarks;

/// <summary>How one seeded search on a surface went; costs are the surface's own values, not what was measured.</summary>
/// <param name="Trials">Settings in the order in which they were measured.</param>
/// <param name="Final">The setting that was held in the end.</param>
/// <param name="Outcome">Whether the search settled or called the SLA infeasible.</param>
internal sealed record SearchRun(ImmutableArray<Setting> Trials, Setting Final, SearchAction Outcome)
{
    private static readonly DateTimeOffset Start = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Searches at a load until the method stops.</summary>
    public static SearchRun Play(
        ISettingSearch search,
        Surface surface,
        double qps,
        Promise promise,
        ImmutableArray<Observation> before,
        TrialNoise noise,
        ulong seed,
        SearchOptions options)
    {
        ImmutableArray<Setting>.Builder trials = ImmutableArray.CreateBuilder<Setting>();
        ImmutableArray<Observation> known = before;
        ImmutableArray<Setting> absent = [.. surface.Space.Enumerate().Append(Setting.Default).Where(s => surface.Find(qps, s) is null)];
        DateTimeOffset now = Start.AddHours(2);
        while (true)
        {
            var request = new SearchRequest(surface.Space, "node", qps, promise.SlaUs, known, [], absent, trials.Count, now, seed, options)
            {
                Objective = promise.Objective,
                InForce = trials.Count == 0 ? Setting.Default : trials[^1],
            };
            SearchDecision decision = search.Next(request)
                ?? throw new InvalidOperationException("a benchmark needs a search that answers at once");
            if (decision.Action != SearchAction.Probe || trials.Count >= 200)
            {
                return new SearchRun(trials.ToImmutable(), decision.Setting, decision.Action);
            }

            now = now.AddSeconds(20);
            trials.Add(decision.Setting);
            known = known.Add(noise.Measure(surface.Find(qps, decision.Setting)!, "node", now));
        }
    }

    /// <summary>What a node knows from other loads: every default and a seeded choice of settings at each.</summary>
    public static ImmutableArray<Observation> Warm(Surface surface, IEnumerable<double> loads, int perLoad, TrialNoise noise, ulong seed)
    {
        var random = new SeededNoise(seed ^ 0xA5A5);
        ImmutableArray<Observation>.Builder known = ImmutableArray.CreateBuilder<Observation>();
        foreach (double qps in loads)
        {
            List<SurfaceCell> cells = [.. surface.At(qps).Where(c => !c.Setting.IsDefault)];
            if (surface.Find(qps, Setting.Default) is { } atDefault)
            {
                known.Add(noise.Measure(atDefault, "node", Start));
            }

            for (int i = 0; i < perLoad && cells.Count > 0; i++)
            {
                int pick = (int)random.NextLong(cells.Count);
                known.Add(noise.Measure(cells[pick], "node", Start));
                cells.RemoveAt(pick);
            }
        }

        return known.ToImmutable();
    }
}
