using Fleet.Controller.Grains;
using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Hosting.Metrics;

namespace Fleet.Controller.Metrics;

/// <summary>The controller's instruments over the pools' pictures: a scrape enters no grain.</summary>
internal sealed class ControllerMetrics(
    FleetViews views, CountedDecisions decisions, PromiseAccounts promises, FleetSampler sampler, TimeProvider time)
{
    private const double UsPerSecond = 1e6;

    /// <summary>Adds the instruments.</summary>
    public void AddTo(ServiceMeter meter, ulong epoch)
    {
        AddPromise(meter);
        AddEnergy(meter);
        AddPools(meter);
        AddNodes(meter);
        AddTuner(meter);
        meter.Observe(MetricNames.ControllerPools, () => views.Pools().Count());
        meter.Observe(MetricNames.ControllerEpoch, () => epoch);
        meter.Observe(MetricNames.ControllerProxyUp, () => views.Proxies().Select(p => new Sample(p.Connected ? 1 : 0, p.ProxyId)));
        meter.Observe(MetricNames.ControllerSliceLag, () => views.Proxies()
            .Select(p => (p.ProxyId, Lag: promises.SliceLag(p.ProxyId))).Where(p => p.Lag is not null)
            .Select(p => new Sample(p.Lag!.Value.TotalSeconds, p.ProxyId)));
    }

    private void AddPromise(ServiceMeter meter)
    {
        PerPool(meter, MetricNames.PoolRate, p => p.View.RequestsPerSecond);
        PerPool(meter, MetricNames.PoolLatency, p => p.View.PercentileUs / UsPerSecond);
        PerPool(meter, MetricNames.PoolSlaLatency, p => p.Document.LatencyUs / UsPerSecond);
        PerPool(meter, MetricNames.PoolSlaTarget, p => p.Document.Percentile / 100);
        PerPool(meter, MetricNames.PoolAttainment, p => p.View.AttainmentRatio);
        PerPool(meter, MetricNames.PoolRequests, p => promises.Read(p.Document.PoolId, a => a.Requests, 0));
        PerPool(meter, MetricNames.PoolViolations, p => promises.Read(p.Document.PoolId, a => a.Violations, 0));
        PerPool(meter, MetricNames.PoolErrors, p => promises.Read(p.Document.PoolId, a => a.Errors, 0));
        PerPool(meter, MetricNames.PoolBudget, p =>
            promises.Read(p.Document.PoolId, a => a.Budget(time.GetUtcNow(), p.Document.Percentile), null));
    }

    private void AddEnergy(ServiceMeter meter)
    {
        PerPool(meter, MetricNames.PoolPower, p => p.View.PowerWatts);
        PerPool(meter, MetricNames.PoolDefaultPower, p => p.View.DefaultPowerWatts);
        PerPool(meter, MetricNames.PoolEnergy, p => sampler.Pool(p.Document.PoolId, t => t.Energy.Joules, 0));
        PerPool(meter, MetricNames.PoolSavedEnergy, p => p.View.DefaultPowerWatts is null
            ? null : sampler.Pool(p.Document.PoolId, t => t.Energy.SavedJoules, 0));
        PerPool(meter, MetricNames.PoolSavings, p => p.View is { PowerWatts: { } w, DefaultPowerWatts: { } d } && d > 0 ? 1 - (w / d) : null);
        PerPool(meter, MetricNames.PoolEnergyPerMillion, p =>
            p.View is { PowerWatts: { } w, RequestsPerSecond: > 0 and var qps } ? w / qps * 1e6 : null);
    }

    private void AddPools(ServiceMeter meter)
    {
        meter.Observe(MetricNames.PoolNodes, () => Pictures().SelectMany(p => p.View.Nodes
            .GroupBy(n => n.Membership).Select(g => new Sample(g.Count(), p.Document.PoolId, g.Key))));
        meter.Observe(MetricNames.PoolMode, () => Pictures()
            .Select(p => new Sample(1, p.Document.PoolId, p.Document.Mode.ToString().ToLowerInvariant())));
        PerPool(meter, MetricNames.PoolChanging, p => string.IsNullOrEmpty(p.View.ChangeInProgress) ? 0 : 1);
        PerPool(meter, MetricNames.PoolStepAge, p => sampler.Pool<double?>(
            p.Document.PoolId, t => time.GetElapsedTime(t.ChangedAt).TotalSeconds, null));
    }

    private void AddNodes(ServiceMeter meter)
    {
        PerNode(meter, MetricNames.NodeRate, (_, n) => n.RequestsPerSecond);
        PerNode(meter, MetricNames.NodeLatency, (_, n) => n.PercentileUs / UsPerSecond);
        PerNode(meter, MetricNames.NodeDefaultPower, (_, n) => n.DefaultPowerWatts);
        PerNode(meter, MetricNames.NodeWeight, (_, n) => n.Weight);
        PerNode(meter, MetricNames.NodeAgentUp, (_, n) => n.AgentConnected ? 1 : 0);
        PerNode(meter, MetricNames.NodePowerKnown, (_, n) => n.AgentConnected ? n.PowerWatts is null ? 0 : 1 : null);
        PerNode(meter, MetricNames.NodePhaseAge, (p, n) => sampler.Node<double?>(
            p, n.NodeId, t => t.Exploring ? time.GetElapsedTime(t.RestedAt).TotalSeconds : 0, null));
        meter.Observe(MetricNames.NodePower, () => Nodes().Where(n => n.Node.PowerWatts is not null)
            .Select(n => new Sample(n.Node.PowerWatts!.Value, n.Pool, n.Node.NodeId, Word(n.Node.PowerSource))));
        meter.Observe(MetricNames.NodeEnergy, () => Nodes().Where(n => n.Node.PowerWatts is not null).Select(n => new Sample(
            sampler.Node(n.Pool, n.Node.NodeId, t => t.Energy.Joules, 0), n.Pool, n.Node.NodeId, Word(n.Node.PowerSource))));
        meter.Observe(MetricNames.NodeKnob, () => Nodes().SelectMany(n => n.Node.Setting.Values
            .Select(v => new Sample(v.Value, n.Pool, n.Node.NodeId, v.Key))));
        meter.Observe(MetricNames.NodePhase, () => Nodes()
            .Select(n => new Sample(1, n.Pool, n.Node.NodeId, n.Node.Phase.ToString().ToLowerInvariant())));
        meter.Observe(MetricNames.NodeMember, () => Nodes().Select(n => new Sample(1, n.Pool, n.Node.NodeId, n.Node.Membership)));
    }

    private void AddTuner(ServiceMeter meter)
    {
        meter.Observe(MetricNames.TunerTrials, () => Nodes().SelectMany(n => decisions.Kinds(n.Pool, n.Node.NodeId)
            .Select(k => new Sample(k.Value, n.Pool, n.Node.NodeId, k.Key))));
        PerNode(meter, MetricNames.TunerPredictedPower, (p, n) => decisions.Latest(p, n.NodeId).Predicted?.PredictedWatts);
        PerNode(meter, MetricNames.TunerMeasuredPower, (p, n) => decisions.Latest(p, n.NodeId).Measured?.MeasuredWatts);
        PerNode(meter, MetricNames.TunerPredictedLatency, (p, n) =>
            decisions.Latest(p, n.NodeId).Predicted?.PredictedPercentileUs / UsPerSecond);
        PerNode(meter, MetricNames.TunerMeasuredLatency, (p, n) =>
            decisions.Latest(p, n.NodeId).Measured?.MeasuredPercentileUs / UsPerSecond);
    }

    private void PerPool(ServiceMeter meter, MetricDefinition definition, Func<PoolPicture, double?> value) => meter.Observe(
        definition,
        () => Pictures().Select(p => (p.Document.PoolId, Value: value(p))).Where(v => v.Value is not null)
            .Select(v => new Sample(v.Value!.Value, v.PoolId)));

    private void PerNode(ServiceMeter meter, MetricDefinition definition, Func<string, NodeView, double?> value) => meter.Observe(
        definition,
        () => Nodes().Select(n => (n.Pool, n.Node.NodeId, Value: value(n.Pool, n.Node))).Where(v => v.Value is not null)
            .Select(v => new Sample(v.Value!.Value, v.Pool, v.NodeId)));

    private IEnumerable<PoolPicture> Pictures() => views.Pools()
        .OrderBy(p => p.Document.PoolId, StringComparer.Ordinal);

    private IEnumerable<(string Pool, NodeView Node)> Nodes() =>
        Pictures().SelectMany(p => p.View.Nodes.Select(n => (p.Document.PoolId, n)));

    private static string Word(PowerSource source) => source.ToString().ToLowerInvariant();
}
