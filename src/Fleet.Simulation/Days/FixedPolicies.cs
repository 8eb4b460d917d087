using System.Collections.Immutable;
using Fleet.Core.Knobs;
using Fleet.Core.Planning;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Days;

/// <summary>Policies that decide each slot from the server's true values: nothing is measured, nothing is random.</summary>
internal sealed class FixedPolicies(SurfaceServer server, ImmutableArray<double> slotQps, double slotSeconds, double slaUs, double parkedWatts)
{
    private readonly Setting[] _settings = [.. server.Settings];

    /// <summary>Most load of one server that some of these settings carry, by halving between the loads of the surface.</summary>
    public double Capacity(Func<double, Setting?> feasible)
    {
        double[] loads = [.. server.Surface.Loads];
        double capacity = 0;
        double? broken = null;
        foreach (double qps in loads)
        {
            if (feasible(qps) is not null)
            {
                (capacity, broken) = (qps, null);
            }
            else
            {
                broken ??= qps;
            }
        }

        for (int i = 0; i < 40 && broken is { } high; i++)
        {
            double middle = (capacity + high) / 2;
            (capacity, broken) = feasible(middle) is not null ? (middle, high) : (capacity, middle);
        }

        return capacity;
    }

    /// <summary>The cheapest setting that keeps the promise at a load; null when none does.</summary>
    public Setting? Best(double qps)
    {
        Setting? best = null;
        double least = double.PositiveInfinity;
        foreach (Setting setting in _settings)
        {
            double watts = server.Watts(setting, qps);
            if (watts < least && server.PercentileUs(setting, qps) <= slaUs)
            {
                (best, least) = (setting, watts);
            }
        }

        return best;
    }

    /// <summary>The setting with the lowest percentile at a load.</summary>
    public Setting Fastest(double qps) => _settings.MinBy(s => server.PercentileUs(s, qps))!;

    /// <summary>The one setting that keeps the promise in every slot with the least energy; the default when none does.</summary>
    public Setting BestStatic(int nodes)
    {
        double[] each = [.. slotQps.Select(q => q / nodes).Distinct()];
        return _settings.Where(s => each.All(q => server.PercentileUs(s, q) <= slaUs))
            .OrderBy(s => slotQps.Sum(q => server.Watts(s, q / nodes)))
            .ThenBy(s => s.ToString(), StringComparer.Ordinal)
            .FirstOrDefault(Setting.Default);
    }

    /// <summary>One setting all day, load spread evenly.</summary>
    public void Even(DayLedger ledger, int nodes, Setting setting)
    {
        for (int i = 0; i < slotQps.Length; i++)
        {
            ledger.Serve(i * slotSeconds, slotSeconds, server, setting, slotQps[i] / nodes, nodes);
        }
    }

    /// <summary>The true best split and settings of each slot.</summary>
    public void Oracle(DayLedger ledger, int nodes) => Planned(ledger, nodes, Best, q => Best(q) ?? Fastest(q));

    /// <summary>As few active servers as the kernel default needs, or as many as make it cheapest.</summary>
    public void ConsolidateDefault(DayLedger ledger, int nodes) => Planned(
        ledger,
        nodes,
        q => server.PercentileUs(Setting.Default, q) <= slaUs ? Setting.Default : null,
        _ => Setting.Default);

    private void Planned(DayLedger ledger, int nodes, Func<double, Setting?> feasible, Func<double, Setting> held)
    {
        double capacity = Capacity(feasible);
        var node = new PlannedNode(q => server.Watts(held(q), q), capacity, parkedWatts);
        var plans = new Dictionary<double, LoadPlan>();
        for (int i = 0; i < slotQps.Length; i++)
        {
            if (!plans.TryGetValue(slotQps[i], out LoadPlan? plan))
            {
                plans[slotQps[i]] = plan = nodes == 1
                    ? new LoadPlan([slotQps[i]], 0, 0, false)
                    : LoadSplitter.Identical(node, nodes, slotQps[i], headroom: false);
            }

            foreach (IGrouping<double, double> alike in plan.Loads.GroupBy(l => l))
            {
                if (alike.Key > 0)
                {
                    ledger.Serve(i * slotSeconds, slotSeconds, server, held(alike.Key), alike.Key, alike.Count());
                }
                else
                {
                    ledger.Park(i * slotSeconds, slotSeconds, parkedWatts, alike.Count());
                }
            }
        }
    }
}
