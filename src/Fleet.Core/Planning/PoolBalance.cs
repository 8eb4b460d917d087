using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Tuning;

namespace Fleet.Core.Planning;

/// <summary>
/// The part of a pool's control that spreads load: watches for dead servers, plans, moves, and hands settled settings on to the class.
/// </summary>
internal sealed class PoolBalance
{
    private readonly PoolControlOptions _options;
    private readonly Func<string, ClassKnowledge> _knowledge;
    private readonly Dictionary<string, LearnedEnvelope> _envelopes = new(StringComparer.Ordinal);
    private readonly BalancePlanner _planner;
    private readonly LoadMover _mover;
    private readonly Rollout _rollout;
    private readonly DeathWatch _deaths = new();
    private readonly List<PoolNode> _members = [];

    /// <summary>Creates the balance of one pool.</summary>
    public PoolBalance(PoolControlOptions options, RoutePublisher routes, Func<string, ClassKnowledge> knowledge)
    {
        _options = options;
        _knowledge = knowledge;
        _planner = new BalancePlanner(options.Planning, EnvelopeOf);
        _mover = new LoadMover(options.Planning, routes);
        _rollout = new Rollout(options.Planning, options.Tuner);
    }

    /// <summary>Whether load is being moved.</summary>
    public bool Moving => _mover.Moving;

    /// <summary>For people; null when there is nothing to say.</summary>
    public string? Description => _mover.Description ?? (_planner.ShortfallQps > 0 ? _planner.Reason : null);

    /// <summary>Why the last plan is as it is.</summary>
    public string Reason => _planner.Reason;

    /// <summary>Load that no split carries within the SLA, requests per second.</summary>
    public double ShortfallQps => _planner.ShortfallQps;

    /// <summary>Takes the reads of a slice of any node.</summary>
    public void Saw(long hits, long misses) => _planner.Saw(hits, misses);

    /// <summary>Takes the step that the present state calls for.</summary>
    public void Step(
        DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> nodes, bool membershipChanges, ICollection<PoolCommand> commands)
    {
        _rollout.Step(now, nodes);
        bool died = Bury(now, nodes);
        if (membershipChanges)
        {
            if (_mover.Moving)
            {
                _mover.Cancel();
            }

            return;
        }

        _members.Clear();
        double othersQps = 0;
        for (int i = 0; i < nodes.Count; i++)
        {
            PoolNode node = nodes[i];
            if (node is { Membership: Membership.Active, Failed: false, Restoring: false, Spec.Drained: false })
            {
                _members.Add(node);
                if (node is { Parked: true, Weight: 0, ParkedSetting: null, PreparedQps: null } && !_mover.Moving)
                {
                    node.ParkedSetting = Deepest(node);
                }
            }
            else if (node.Membership == Membership.Leaving || node.Spec.Drained)
            {
                othersQps += node.Traffic.Qps;
            }
        }

        BalanceTarget? target = _planner.Step(now, spec, _members, othersQps, _mover.MayBegin(now), died);
        if (target is not null && (_mover.MayBegin(now) || target.Urgent || died))
        {
            _mover.Begin(now, _members, target, commands);
        }

        if (_mover.Step(now, Deepest) is var movedQps and > 0)
        {
            _planner.Moved(now, movedQps);
        }
    }

    /// <summary>The point that the node may take without a search; null when none.</summary>
    public OperatingPoint? Adopt(PoolNode node, double slaUs) => _rollout.For(node, slaUs);

    private Setting Deepest(PoolNode node) =>
        node.ClassKey is { } key ? BalancePlanner.Deepest(node, _knowledge(key).Observations) : Setting.Default;

    /// <summary>
    /// A server that died carries nothing any more at once; the others, whose load rises without notice, are readied in the same step. The
    /// last one keeps its place: nobody could take its load, and it is served again the moment it returns.
    /// </summary>
    private bool Bury(DateTimeOffset now, IReadOnlyList<PoolNode> nodes)
    {
        bool changed = false;
        foreach (PoolNode node in nodes)
        {
            bool wasDead = _deaths.IsDead(node);
            _deaths.Look(now, node);
            if (node.Failed)
            {
                // A last server that kept its place loses it when another one is back.
                changed |= !wasDead | Bury(now, node, nodes);
            }
            else if (!node.Failed && wasDead)
            {
                // Back from the dead: without load until a plan wants it, which where weights are declared is at once.
                node.Parked = node.Weight == 0;
                changed = true;
            }
        }

        return changed;
    }

    private bool Bury(DateTimeOffset now, PoolNode node, IReadOnlyList<PoolNode> nodes)
    {
        PoolNode[] others = node.Weight == 0 ? [] : [.. nodes.Where(n => n != node && n.Weight > 0 && !n.Failed)];
        if (others.Length == 0)
        {
            return false;
        }

        _mover.Cancel();
        double lost = node.Weight;
        double weights = others.Sum(n => (double)n.Weight);
        double qps = others.Sum(n => n.Traffic.Qps) * (1 + (lost / weights));
        node.Weight = 0;
        foreach (PoolNode other in others)
        {
            other.PreparedQps = Math.Max(qps * other.Weight / weights, 1);
        }

        _mover.Follow(now, others, $"{node.NodeId} died");
        return true;
    }

    private LearnedEnvelope? EnvelopeOf(PoolNode node)
    {
        if (node.Envelope is { } known)
        {
            return known;
        }

        if (node is not { ClassKey: { } key, Space: { Cells: > 0 } space })
        {
            return null;
        }

        if (!_envelopes.TryGetValue(key, out LearnedEnvelope? envelope))
        {
            _envelopes[key] = envelope = new LearnedEnvelope(space, _knowledge(key), _options.Planning, _options.Tuner);
        }

        return node.Envelope = envelope;
    }
}
