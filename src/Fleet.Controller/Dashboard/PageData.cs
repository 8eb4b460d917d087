using Fleet.Controller.Audit;
using Fleet.Controller.Grains;
using Fleet.Controller.Metrics;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tuning;

namespace Fleet.Controller.Dashboard;

/// <summary>Makes the page's data from pictures, histories and decisions.</summary>
internal sealed class PageData(
    PoolDirectory pools,
    ProxySet proxies,
    IDecisionLog decisions,
    PromiseAccounts promises,
    FleetHistory history,
    NodeForecasts forecasts,
    bool actionsPossible,
    TimeProvider time)
{
    private const int MostDecisions = 200;

    /// <summary>A setting in words.</summary>
    public static string Words(Setting setting) =>
        setting.IsDefault ? "kernel default" : string.Join(' ', setting.Values.Select(v => $"{v.Key}={v.Value}"));

    /// <summary>The overview.</summary>
    public FleetModel Fleet()
    {
        PoolModel[] all = [.. pools.Pictures.Select(Pool)];
        return new(
            Now(),
            all.Sum(p => p.RequestsPerSecond),
            Sum(all, p => p.PowerWatts),
            all.Length > 0 && all.All(p => p.PowerWatts is null || p.DefaultPowerWatts is not null) ? Sum(all, p => p.DefaultPowerWatts) : null,
            Sum(all, p => p.SavedTodayJoules),
            actionsPossible,
            all,
            [.. proxies.List().Select(p => new ProxyModel(p.ProxyId, p.Control, p.Connected, p.LastError))]);
    }

    /// <summary>One pool; null when there is none.</summary>
    public PoolPageModel? PoolPage(string poolId) => pools.Picture(poolId) is { } picture
        ? new(Now(), actionsPossible, Pool(picture), Nodes(picture), history.Of(poolId, null))
        : null;

    /// <summary>One node; null when there is none.</summary>
    public async Task<NodePageModel?> NodePageAsync(string poolId, string nodeId, CancellationToken ct)
    {
        if (pools.Picture(poolId) is not { } picture || Nodes(picture).FirstOrDefault(n => n.Id == nodeId) is not { } node)
        {
            return null;
        }

        NodeView? view = picture.View.Nodes.FirstOrDefault(n => n.NodeId == nodeId);
        IReadOnlyList<ForecastModel> expected = view is null ? [] : await forecasts.OfAsync(picture, view, ct).ConfigureAwait(false);
        return new(
            Now(), actionsPossible, Pool(picture), node, history.Of(poolId, nodeId),
            [.. decisions.Latest(poolId, nodeId, MostDecisions).Select(Decision)], expected);
    }

    private static double? Sum(PoolModel[] pools, Func<PoolModel, double?> value) =>
        pools.Any(p => value(p) is not null) ? pools.Sum(p => value(p) ?? 0) : null;

    private static DecisionModel Decision(DecisionRecord d) => new(
        d.At.ToUnixTimeMilliseconds(), d.Kind, Words(d.Setting), d.Trigger, d.Qps, d.PredictedWatts, d.MeasuredWatts,
        d.PredictedPercentileUs, d.MeasuredPercentileUs, d.ProbabilityFeasible, d.ExpectedGain, d.Reason);

    private static NodeModel[] Nodes(PoolPicture picture)
    {
        Dictionary<string, NodeView> views = picture.View.Nodes.ToDictionary(n => n.NodeId);
        return [.. picture.Document.Nodes.Select(n => Node(n, views.GetValueOrDefault(n.NodeId), picture.AgentErrors.GetValueOrDefault(n.NodeId)))];
    }

    private static NodeModel Node(NodeDocument node, NodeView? v, string? agentError) => new(
        node.NodeId,
        node.Address,
        node.Leaving ? "leaving" : v?.Membership ?? "joining",
        v?.AgentConnected ?? false,
        agentError,
        (v?.Phase ?? TunerPhase.Observe).ToString().ToLowerInvariant(),
        v?.Weight ?? 0,
        v?.RequestsPerSecond ?? 0,
        v?.P50Us,
        v?.PercentileUs,
        v?.PowerWatts,
        v?.DefaultPowerWatts,
        (v?.PowerSource ?? default).ToString().ToLowerInvariant(),
        Words(v?.Setting ?? Setting.Default),
        Words(v?.SettledSetting ?? Setting.Default),
        v?.Trials ?? 0,
        v?.Reason ?? "",
        v?.HardwareClass);

    private PoolModel Pool(PoolPicture picture)
    {
        PoolDocument d = picture.Document;
        PoolView v = picture.View;
        return new(
            d.PoolId,
            d.Listen,
            d.Percentile,
            d.LatencyUs,
            d.Mode.ToString().ToLowerInvariant(),
            v.RequestsPerSecond,
            v.PercentileUs,
            v.AttainmentRatio,
            promises.Read(d.PoolId, a => a.Budget(time.GetUtcNow(), d.Percentile), null),
            v.PowerWatts,
            v.DefaultPowerWatts,
            v.DefaultPowerWatts is null ? null : history.SavedTodayJoules(d.PoolId),
            d.Nodes.Length,
            v.Nodes.Count(n => n is { Membership: "active", Weight: > 0 }),
            v.Nodes.Count(n => n.Weight == 0),
            v.Nodes.Count(n => n.Phase == TunerPhase.Hold),
            v.ChangeInProgress);
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
