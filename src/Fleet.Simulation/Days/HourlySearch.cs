using System.Collections.Immutable;
using Fleet.Core.Search;
using Fleet.Simulation.Benchmarks;
using Fleet.Simulation.Servers;
using Fleet.Simulation.Surfaces;

namespace Fleet.Simulation.Days;

/// <summary>
/// What the published BayOp does: at the start of every hour a search of 30 trials without memory, then the best until the next hour.
/// </summary>
internal static class HourlySearch
{
    // "Takes around 5 minutes" for 30 trials (arXiv 2502.14987).
    private const double TrialSeconds = 10;
    private const double HourSeconds = 3600;

    /// <summary>Plays the day of one server.</summary>
    public static void Play(
        DayLedger ledger, SurfaceServer server, ImmutableArray<double> slotQps, double slotSeconds, double slaUs, ulong seed)
    {
        var search = new PenaltySearch();
        var noise = new TrialNoise(seed, server.Spread.Watts, server.Spread.Latency);
        double end = slotSeconds * slotQps.Length;
        double at = 0;
        for (int hour = 0; at < end; hour++)
        {
            double until = Math.Min((hour + 1) * HourSeconds, end);
            ImmutableArray<Observation> known = [];
            ulong hourSeed = seed + ((ulong)hour << 32);
            double searchedQps = slotQps[SlotAt(at)];
            ImmutableArray<Core.Knobs.Setting> unknown = [.. server.Knobs.Enumerate().Where(s => !server.Knows(s))];
            while (at < until)
            {
                var request = new SearchRequest(
                    server.Knobs, "node", searchedQps, slaUs, known, [], unknown, known.Length, default, hourSeed, new SearchOptions());
                SearchDecision decision = search.Next(request);
                if (decision.Action != SearchAction.Probe)
                {
                    Hold(decision.Setting, until);
                    break;
                }

                double qps = slotQps[SlotAt(at)];
                var cell = new SurfaceCell(
                    searchedQps, decision.Setting, server.Watts(decision.Setting, qps), server.PercentileUs(decision.Setting, qps), null, null, 1);
                known = known.Add(noise.Measure(cell, "node", default));
                ledger.Trials++;
                Hold(decision.Setting, Math.Min(at + TrialSeconds, until));
            }
        }

        int SlotAt(double second) => Math.Min((int)((second + 1e-6) / slotSeconds), slotQps.Length - 1);

        void Hold(Core.Knobs.Setting setting, double until)
        {
            while (at < until - 1e-6)
            {
                int slot = SlotAt(at);
                double stop = Math.Min(until, (slot + 1) * slotSeconds);
                ledger.Serve(at, stop - at, server, setting, slotQps[slot]);
                at = stop;
            }
        }
    }
}
