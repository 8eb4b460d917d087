using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Simulation.Benchmarks;

/// <summary>
/// Draws settings without repeats until the budget is spent, then holds the cheapest that was measured to meet the SLA.
/// </summary>
internal sealed class RandomSearch : ISettingSearch
{
    /// <inheritdoc/>
    public string Name => "random";

    /// <inheritdoc/>
    public SearchDecision Next(SearchRequest request)
    {
        Observation[] here = [.. request.Observations.Where(o => o.Qps == request.Qps)];
        if (request.TrialsSoFar < request.Options.TrialBudget && Draw(request, here) is { } setting)
        {
            return new(SearchAction.Probe, setting, "probe", null, null, null, null, "drawn at random");
        }

        double limit = request.Objective.Limit(request.SlaUs);
        Setting best = here.Where(o => request.Objective.Limited(o.Watts, o.PercentileUs) <= limit)
            .MinBy(o => request.Objective.Cost(o.Watts, o.Qps, o.PercentileUs))?.Setting ?? Setting.Default;
        return new(SearchAction.Settle, best, "settle", null, null, null, null, "cheapest that was measured to keep the limit");
    }

    /// <inheritdoc/>
    public SettingPrediction? Predict(SearchRequest request, Setting setting) => null;

    private static Setting? Draw(SearchRequest request, Observation[] here)
    {
        HashSet<Setting> closed = [.. request.Excluded, .. here.Select(o => o.Setting)];
        Setting[] open = [.. request.Space.Enumerate().Where(s => !closed.Contains(s))];
        var random = new SeededNoise(request.Seed + ((ulong)request.TrialsSoFar * 0x9E3779B9));
        return open.Length == 0 ? null : open[random.NextLong(open.Length)];
    }
}
