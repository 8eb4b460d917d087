using Fleet.Controller.Grains;
using Fleet.Controller.Metrics;
using Fleet.Core.Control;

namespace Fleet.Controller.Dashboard;

/// <summary>Histories of every pool and node, and the energy saved since midnight UTC. Safe from any thread.</summary>
internal sealed class FleetHistory(FleetSampler sampler, TimeProvider time)
{
    private readonly Lock _gate = new();
    private Dictionary<(string Pool, string? Node), History> _histories = [];
    private Dictionary<string, double> _atMidnight = [];
    private DateOnly _day;
    private bool _odd;

    /// <summary>Takes one look of the sampler; every second one is kept.</summary>
    public void Take(IReadOnlyList<PoolPicture> pictures)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            NoticeMidnight(now, pictures);
            _odd = !_odd;
            if (!_odd)
            {
                return;
            }

            var kept = new Dictionary<(string, string?), History>();
            foreach (PoolPicture picture in pictures)
            {
                string pool = picture.Document.PoolId;
                PoolView v = picture.View;
                Add(kept, (pool, null), now, v.RequestsPerSecond, v.PercentileUs, v.PowerWatts, v.DefaultPowerWatts);
                foreach (NodeView n in v.Nodes)
                {
                    Add(kept, (pool, n.NodeId), now, n.RequestsPerSecond, n.PercentileUs, n.PowerWatts, n.DefaultPowerWatts);
                }
            }

            _histories = kept;
        }
    }

    /// <summary>The history of a pool, or of a node of it.</summary>
    public HistoryModel Of(string poolId, string? nodeId)
    {
        lock (_gate)
        {
            return (_histories.GetValueOrDefault((poolId, nodeId)) ?? new History()).ToModel();
        }
    }

    /// <summary>Estimated energy that a pool saved since midnight UTC (or since the controller started), joules.</summary>
    public double SavedTodayJoules(string poolId)
    {
        lock (_gate)
        {
            return sampler.Pool(poolId, t => t.Energy.SavedJoules, 0) - _atMidnight.GetValueOrDefault(poolId);
        }
    }

    private void NoticeMidnight(DateTimeOffset now, IReadOnlyList<PoolPicture> pictures)
    {
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        if (day != _day)
        {
            bool first = _day == default;
            _day = day;
            _atMidnight = first ? [] : pictures.ToDictionary(
                p => p.Document.PoolId, p => sampler.Pool(p.Document.PoolId, t => t.Energy.SavedJoules, 0));
        }
    }

    private void Add(
        Dictionary<(string, string?), History> kept,
        (string, string?) key,
        DateTimeOffset now,
        double rate,
        double? percentileUs,
        double? watts,
        double? defaultWatts)
    {
        History history = kept[key] = _histories.GetValueOrDefault(key) ?? new History();
        history.Add(now.ToUnixTimeMilliseconds(), rate, percentileUs, watts, defaultWatts);
    }
}
