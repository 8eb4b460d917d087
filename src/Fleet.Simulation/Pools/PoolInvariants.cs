using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>
/// What must be true of a pool after every step, whatever goes wrong around it. Judged by what is ordered and by what is in force, not by what
/// the control thinks of itself.
/// </summary>
internal sealed class PoolInvariants(SimulatedPoolOptions options)
{
    // A setting breaks the SLA beyond doubt when its true percentile is this much over it.
    private const double BeyondDoubt = 1.3;

    // A rise of a node's load that needs a proof: less lies inside the band that a setting is proven for.
    private const double Rise = 1.1;

    // Load that goes to dead servers, or nowhere, is shifted within this many steps: two slices to see it, one step to order, two to route.
    private const int UnservedSteps = 12;

    // A move is prepared for the load of its beginning: what came in the last 15 s is not its doing.
    private const int PreparedSteps = 60;

    // A pool that has just changed may have more searches than its new size allows.
    private const int SettleSteps = 240;

    private readonly Dictionary<string, (Setting Setting, int Steps)> _breaking = [];
    private readonly HashSet<string> _commandIds = [];
    private readonly HashSet<string> _exploring = [];
    private readonly Dictionary<(Setting, int, IServer, double), double> _percentiles = [];
    private readonly Dictionary<string, int> _weights = [];
    private readonly Queue<double> _loads = new();
    private long _revision;
    private int _steps;
    private int _unserved;
    private int _disturbed;
    private int _members = -1;

    /// <summary>Checks one step.</summary>
    /// <exception cref="InvariantBrokenException">Something is wrong; the message holds the line that replays it.</exception>
    public void Check(SimulatedPool pool, IReadOnlyList<PoolNode> members, IReadOnlyList<PoolCommand> commands, TimeSpan length)
    {
        _steps++;
        _loads.Enqueue(pool.Qps);
        if (_loads.Count > PreparedSteps)
        {
            _loads.Dequeue();
        }

        for (int i = 0; i < commands.Count; i++)
        {
            Check(pool, members, commands[i]);
        }

        // An agent that is gone ends its node's probe by its own lease.
        _exploring.RemoveWhere(id => !pool.Nodes.TryGetValue(id, out SimulatedNode? node) || !node.AgentAlive);
        if (members.Count != _members)
        {
            (_members, _disturbed) = (members.Count, _steps);
        }

        int most = Math.Max(1, (int)(members.Count * (pool.Spec.ExplorationShare ?? options.Control.Planning.MaxExploringShare)));
        Require(
            _exploring.Count <= most || _steps - _disturbed < SettleSteps, $"budget: {_exploring.Count} nodes explore, {most} may");
        CheckServed(pool, members);
        if (!options.Views)
        {
            return;
        }

        foreach (PoolNode member in members)
        {
            if (pool.Nodes.TryGetValue(member.NodeId, out SimulatedNode? node))
            {
                CheckBreaking(pool, node, member, length);
            }
        }
    }

    /// <summary>The control was replaced: its successor starts every node afresh.</summary>
    public void Restarted()
    {
        _exploring.Clear();
        _disturbed = _steps;
    }

    private void Check(SimulatedPool pool, IReadOnlyList<PoolNode> members, PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply:
                Require(
                    !pool.Nodes.TryGetValue(apply.NodeId, out SimulatedNode? target) || target.Server.Knobs.Contains(apply.Setting),
                    $"legality: {apply.Setting} is not a legal setting");
                Require(_commandIds.Add(apply.CommandId), $"identity: command id {apply.CommandId} was used before");
                Require(
                    pool.Spec.Mode is ControlMode.Active or ControlMode.Canary || apply.Setting.IsDefault,
                    $"mode: {apply.Setting} applied in mode {pool.Spec.Mode}");
                _ = apply.Exploring ? _exploring.Add(apply.NodeId) : _exploring.Remove(apply.NodeId);
                break;
            case SetRoutes routes:
                Require(routes.Revision >= _revision, $"order: route revision went back from {_revision} to {routes.Revision}");
                if (routes.Revision > _revision)
                {
                    CheckRises(pool, members, routes);
                }

                _revision = routes.Revision;
                break;
            case NodeRemoved removed:
                _exploring.Remove(removed.NodeId);
                Require(
                    !pool.Nodes.TryGetValue(removed.NodeId, out SimulatedNode? gone) || gone.InForce.IsDefault || !Obeys(gone),
                    $"orphan: {removed.NodeId} left with {gone?.InForce} in force");
                break;
        }
    }

    /// <summary>
    /// Load never rises on an unproven setting: what a change of routes gives a node it can carry, by a proof or by the truth. Deaths shift load
    /// without asking, and hosts that do not obey are not waited for for ever.
    /// </summary>
    private void CheckRises(SimulatedPool pool, IReadOnlyList<PoolNode> members, SetRoutes routes)
    {
        double before = Math.Max(_weights.Values.Sum(w => (double)w), 1);
        double after = Math.Max(routes.Nodes.Sum(n => (double)n.Weight), 1);
        bool forced = members.Any(m => m.Failed) || _weights.Count == 0 || pool.Spec.Mode != ControlMode.Active;
        foreach (NodeWeight route in routes.Nodes)
        {
            double share = route.Weight / after;
            bool rises = share > _weights.GetValueOrDefault(route.NodeId) / before * Rise;
            if (rises && !forced && pool.Qps > 0 && pool.Nodes.TryGetValue(route.NodeId, out SimulatedNode? node) && Obeys(node)
                && !node.InForce.IsDefault)
            {
                double qps = _loads.Min() * share;
                Require(
                    pool.IsProven(node, qps) || Truth(pool, node, qps) <= pool.Spec.Sla.LatencyUs,
                    $"proof: {route.NodeId} gets {qps:0} req/s with {node.InForce}, which is not proven for it "
                        + $"({members.FirstOrDefault(m => m.NodeId == route.NodeId)?.Tuner?.Reason})");
            }
        }

        _weights.Clear();
        foreach (NodeWeight route in routes.Nodes)
        {
            _weights[route.NodeId] = route.Weight;
        }
    }

    /// <summary>All load is served: none goes nowhere or to dead servers for long while a live one could take it.</summary>
    private void CheckServed(SimulatedPool pool, IReadOnlyList<PoolNode> members)
    {
        double served = 0;
        bool anybody = false;
        foreach (SimulatedNode node in pool.Servers)
        {
            served += node.ServerAlive ? node.Qps : 0;
        }

        for (int i = 0; i < members.Count && !anybody; i++)
        {
            anybody = members[i] is { Spec.Drained: false, Weight: > 0 } m && pool.Nodes.TryGetValue(m.NodeId, out SimulatedNode? node)
                && node.ServerAlive;
        }

        bool lossless = options.Faults is { LostTelemetry: 0, LateTelemetry: 0 };
        _unserved = pool.Qps > 0 && anybody && lossless && served < pool.Qps * 0.999 ? _unserved + 1 : 0;
        Require(
            _unserved <= UnservedSteps, $"service: {pool.Qps - served:0} of {pool.Qps:0} req/s reach no live server for {_unserved} slices");
    }

    /// <summary>
    /// A breaking setting goes within two slices of becoming measurable: settle time, two slices, one step to order, answer and count,
    /// and what a lost command costs. Faults of telemetry or agent stretch that, so the bound holds where they are absent; in overload
    /// every setting breaks.
    /// </summary>
    private void CheckBreaking(SimulatedPool pool, SimulatedNode node, PoolNode member, TimeSpan length)
    {
        bool measurable = node.Qps * length.TotalSeconds >= 500 && member.AgentConnected && node.ServerAlive;
        if (!Obeys(node) || node.Faults.LostTelemetry > 0 || node.Faults.LateTelemetry > 0 || !measurable || node.InForce.IsDefault
            || member.OverloadSetting is not null || !(Truth(pool, node, node.Qps) > pool.Spec.Sla.LatencyUs * BeyondDoubt))
        {
            _breaking.Remove(node.NodeId);
            return;
        }

        int steps = _breaking.TryGetValue(node.NodeId, out var old) && old.Setting.Equals(node.InForce) ? old.Steps + 1 : 1;
        _breaking[node.NodeId] = (node.InForce, steps);
        int most = (int)Math.Ceiling(options.Control.Tuner.SettleTime / SimulatedPool.StepLength) + 7;
        Require(steps <= most, $"promise: {node.NodeId} kept {node.InForce}, which breaks the SLA, for {steps} slices ({most} allowed)");
    }

    private static bool Obeys(SimulatedNode node) =>
        node is { AgentAlive: true, Faults: { LostApply: 0, SlowApply: 0, RefusedApply: 0, ClampUs: null } };

    private double Truth(SimulatedPool pool, SimulatedNode node, double qps)
    {
        var key = (node.InForce, (int)(qps / 100), node.Server, pool.Spec.Sla.Percentile);
        if (!_percentiles.TryGetValue(key, out double percentileUs))
        {
            _percentiles[key] = percentileUs = node.Server.PercentileUs(node.InForce, qps, pool.Spec.Sla.Percentile);
        }

        return percentileUs;
    }

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            string replay = options.Replay ?? string.Create(
                CultureInfo.InvariantCulture, $"seed={options.Seed} nodes={options.Nodes} qps={options.Qps} faults={options.Faults}");
            throw new InvariantBrokenException(
                string.Create(CultureInfo.InvariantCulture, $"{problem}; at step {_steps}; replay: {replay}"));
        }
    }
}
