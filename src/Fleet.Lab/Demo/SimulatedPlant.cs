using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Lab.Day;
using Fleet.Lab.Load;
using Fleet.Lab.Report;
using Fleet.Simulation.Pools;

namespace Fleet.Lab.Demo;

/// <summary>The simulated pool on virtual time: the same control loop, servers and load from a model.</summary>
internal sealed class SimulatedPlant(DemoOptions options, PlannedPool? planned = null) : IDayPlant
{
    private readonly List<VisitedSetting> _settings = [];
    private SimulatedPool? _pool;
    private int _nodesMade;
    private DateTimeOffset _start;

    /// <inheritdoc/>
    public string Kind => "simulation";

    /// <inheritdoc/>
    public double OfferedQps => options.Qps;

    /// <inheritdoc/>
    public TimeSpan Elapsed => _pool is null ? TimeSpan.Zero : _pool.Now - _start;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
        ["Servers, their CPU, power and latency come from a simulation model on virtual time; the control loop is the production one."];

    private SimulatedPool Pool => _pool ?? throw new InvalidOperationException("The plant has not started.");

    /// <inheritdoc/>
    public Task StartAsync(double slaUs, CancellationToken cancellation)
    {
        _pool = new SimulatedPool(new SimulatedPoolOptions
        {
            Nodes = options.Servers, Qps = options.Qps, Seed = (ulong)options.Seed, Sla = new Sla(99, slaUs), Mode = ControlMode.Observe,
            Control = planned?.Simulated(options.Qps) ?? new PoolControlOptions(),
        });
        _nodesMade = options.Servers;
        _start = _pool.Now;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task SetPoolAsync(double slaUs, bool tuning, CancellationToken cancellation)
    {
        Pool.SetSla(new Sla(99, slaUs));
        Pool.SetMode(tuning ? ControlMode.Active : ControlMode.Observe);
        Pool.SetBalance(tuning && planned is not null ? LoadBalance.Replicated : LoadBalance.Declared);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void SetLoad(double qps) => Pool.Qps = qps;

    /// <inheritdoc/>
    public Task RemoveNodeAsync(string node, CancellationToken cancellation)
    {
        Pool.RemoveNode(node);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<string> AddNodeAsync(CancellationToken cancellation)
    {
        string node = $"node{++_nodesMade}";
        Pool.AddNode(node);
        return Task.FromResult(node);
    }

    /// <inheritdoc/>
    public Task<DemoInterval> RunAsync(TimeSpan duration, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var interval = new DemoInterval { Start = Elapsed };
        double cpuMs = 0, joules = 0;
        foreach (SimulatedMoment moment in Pool.Run(duration))
        {
            cpuMs += moment.Nodes.Sum(n => n.CpuSeconds) * 1000;
            joules += moment.Nodes.Sum(n => n.Joules);
            foreach (SimulatedNodeMoment node in moment.Nodes)
            {
                Take(interval, node);
            }

            _settings.AddRange(moment.Commands.OfType<RecordDecision>().Select(d => Visited(d.Decision)));
        }

        interval.Load.Add(new LoadWindow { Duration = Elapsed - interval.Start });
        PoolView view = Pool.View;
        interval.Close(Elapsed, cpuMs, joules, [.. view.Nodes.Select(NodeOf)], view.ChangeInProgress ?? "");
        return Task.FromResult(interval);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<VisitedSetting>> SettingsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<VisitedSetting>>(_settings);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Take(DemoInterval interval, SimulatedNodeMoment node)
    {
        if (!interval.Nodes.TryGetValue(node.NodeId, out LatencyHistogram? sum))
        {
            interval.Nodes[node.NodeId] = sum = new LatencyHistogram();
        }

        // The model has no client of its own: the load sees what the nodes answer.
        sum.Add(node.Latency);
        var seen = new LoadWindow { Sent = node.Requests, Hits = node.Requests };
        seen.Latency.Add(node.Latency);
        interval.Load.Add(seen);
    }

    private VisitedSetting Visited(DecisionRecord d) => new(
        Math.Round((d.At - _start).TotalSeconds, 2), d.NodeId, d.Setting.ToString(), d.Kind, d.Trigger, d.Qps, d.MeasuredWatts,
        d.MeasuredPercentileUs, 0, d.Reason);

    private static DemoNode NodeOf(NodeView n) => new(
        n.NodeId, n.Membership, n.Phase.ToString().ToLowerInvariant(), n.Setting.Values, n.RequestsPerSecond, n.PercentileUs, n.PowerWatts,
        n.PowerSource.ToString().ToLowerInvariant(), n.DefaultPowerWatts, n.CpuUsPerRequest, n.Trials, n.Reason);
}
