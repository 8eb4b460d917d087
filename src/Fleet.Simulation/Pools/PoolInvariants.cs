using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tuning;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>What must be true of a pool after every step, whatever goes wrong around it.</summary>
internal sealed class PoolInvariants(SimulatedPoolOptions options)
{
    // A setting breaks the SLA beyond doubt when its true percentile is this much over it.
    private const double BeyondDoubt = 1.3;

    private readonly Dictionary<string, (Setting Setting, int Steps)> _breaking = [];
    private readonly HashSet<string> _commandIds = [];
    private readonly Dictionary<(Setting, int, IServer, double), double> _percentiles = [];
    private long _revision;
    private int _steps;

    /// <summary>Checks one step.</summary>
    /// <exception cref="InvariantBrokenException">Something is wrong; the message holds the line that replays it.</exception>
    public void Check(
        SimulatedPool pool, IReadOnlyCollection<PoolNode> members, IReadOnlyList<PoolCommand> commands, TimeSpan length)
    {
        _steps++;
        foreach (PoolCommand command in commands)
        {
            Check(pool, command);
        }

        int exploring = members.Count(n => n.Tuner is { Phase: TunerPhase.Propose or TunerPhase.Measure or TunerPhase.Decide });
        int most = Math.Max(1, (int)(members.Count * options.Control.Planning.MaxExploringShare));
        Require(exploring <= most, $"{exploring} nodes explore, {most} may");
        foreach (PoolNode member in members)
        {
            if (pool.Nodes.TryGetValue(member.NodeId, out SimulatedNode? node))
            {
                CheckBreaking(pool, node, member, length);
            }
        }
    }

    private void Check(SimulatedPool pool, PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply:
                Require(
                    !pool.Nodes.TryGetValue(apply.NodeId, out SimulatedNode? target) || target.Server.Knobs.Contains(apply.Setting),
                     $"{apply.Setting} is not a legal setting");
                Require(_commandIds.Add(apply.CommandId), $"command id {apply.CommandId} was used before");
                Require(
                    pool.Spec.Mode is ControlMode.Active or ControlMode.Canary || apply.Setting.IsDefault,
                    $"{apply.Setting} applied in mode {pool.Spec.Mode}");
                break;
            case SetRoutes routes:
                Require(routes.Revision >= _revision, $"route revision went back from {_revision} to {routes.Revision}");
                _revision = routes.Revision;
                break;
        }
    }

    /// <summary>
    /// A breaking setting goes within two slices of becoming measurable: settle time, two slices, one step to order, answer and count,
    /// and what a lost command costs. Faults of telemetry or agent stretch that, so the bound holds where they are absent.
    /// </summary>
    private void CheckBreaking(SimulatedPool pool, SimulatedNode node, PoolNode member, TimeSpan length)
    {
        bool calm = node.Faults is { LostTelemetry: 0, LostApply: 0, SlowApply: 0, RefusedApply: 0 } && node.AgentAlive;
        bool measurable = node.Qps * length.TotalSeconds >= 500 && member.AgentConnected;
        if (!calm || !measurable || node.InForce.IsDefault || !Breaks(pool, node))
        {
            _breaking.Remove(node.NodeId);
            return;
        }

        int steps = _breaking.TryGetValue(node.NodeId, out var old) && old.Setting.Equals(node.InForce) ? old.Steps + 1 : 1;
        _breaking[node.NodeId] = (node.InForce, steps);
        int most = (int)Math.Ceiling(options.Control.Tuner.SettleTime / SimulatedPool.StepLength) + 7;
        Require(steps <= most, $"{node.NodeId} kept {node.InForce}, which breaks the SLA, for {steps} slices ({most} allowed)");
    }

    private bool Breaks(SimulatedPool pool, SimulatedNode node)
    {
        var key = (node.InForce, (int)(node.Qps / 100), node.Server, pool.Spec.Sla.Percentile);
        if (!_percentiles.TryGetValue(key, out double percentileUs))
        {
            _percentiles[key] = percentileUs = node.Server.PercentileUs(node.InForce, node.Qps, pool.Spec.Sla.Percentile);
        }

        return percentileUs > pool.Spec.Sla.LatencyUs * BeyondDoubt;
    }

    private void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvariantBrokenException(string.Create(
                CultureInfo.InvariantCulture,
                $"{problem}; replay: seed={options.Seed} nodes={options.Nodes} qps={options.Qps} step={_steps} faults={options.Faults}"));
        }
    }
}
