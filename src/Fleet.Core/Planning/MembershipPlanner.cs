using System.Globalization;
using Fleet.Core.Control;

namespace Fleet.Core.Planning;

/// <summary>
/// Carries out membership changes one at a time: prepare → acknowledge → shift → settle. Load never rises on a node whose setting is
/// not proven for it, and every stage ends on a time-out, because a host or proxy that does not answer must not block the operator.
/// </summary>
internal sealed class MembershipPlanner(PlanningOptions options, RoutePublisher routes, ExplorationBudget budget)
{
    private MembershipStage _stage;
    private DateTimeOffset _since;
    private DateTimeOffset _shiftedAt;
    private PoolNode? _node;
    private bool _joining;
    private int _ramp;

    /// <summary>Whether a change is under way.</summary>
    public bool Changing => _node is not null;

    /// <summary>For people; null when nothing changes.</summary>
    public string? Description => _node is null
        ? null
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{_node.NodeId} {(_joining ? "joins" : _node.Membership == Membership.Leaving ? "leaves" : "drains")}: {Words(_stage)}{RampProgress}");

    private string RampProgress => _stage == MembershipStage.Shift && _joining ? $" step {_ramp} of {options.RampSteps}" : "";

    /// <summary>Takes the step that the present change allows; gives the node that left for good, if one did.</summary>
    public PoolNode? Step(DateTimeOffset now, SortedDictionary<string, PoolNode> nodes)
    {
        if (_node is null && !Pick(now, nodes))
        {
            return null;
        }

        return _joining ? StepJoin(now, nodes) : StepLeave(now, nodes);
    }

    /// <summary>Whether a node's place in the pool is not what it should be.</summary>
    public static bool Wants(PoolNode node) =>
        node.Membership is Membership.Joining or Membership.Leaving || (node.Spec.Drained && node.Membership == Membership.Active);

    private bool Pick(DateTimeOffset now, SortedDictionary<string, PoolNode> nodes)
    {
        _node = nodes.Values.FirstOrDefault(n => n.Membership == Membership.Joining && !n.Spec.Cordoned)
            ?? nodes.Values.FirstOrDefault(n => n.Membership == Membership.Leaving || (n.Membership == Membership.Active && n.Spec.Drained));
        _joining = _node?.Membership == Membership.Joining;
        _ramp = 0;
        Enter(_joining ? MembershipStage.Agent : MembershipStage.Prepare, now);
        if (_node is not null && !_joining)
        {
            PrepareOthers(nodes);
        }

        return _node is not null;
    }

    private PoolNode? StepJoin(DateTimeOffset now, SortedDictionary<string, PoolNode> nodes)
    {
        PoolNode node = _node!;
        if (node.Membership == Membership.Leaving || node.Spec.Drained)
        {
            // The operator changed their mind: the leave starts afresh.
            node.Membership = node.Membership == Membership.Leaving ? Membership.Leaving : Membership.Active;
            End(now, nodes);
            return null;
        }

        if (_stage == MembershipStage.Agent && Total(nodes) <= 0)
        {
            // A pool without traffic has no load that could rise: its members are routed at once.
            node.Weight = node.Spec.Weight;
            node.Membership = Membership.Active;
            _node = null;
        }
        else if (_stage == MembershipStage.Agent
            && (!node.Spec.Tunable || node.AgentConnected || now - _since >= options.AgentWait))
        {
            long weights = nodes.Values.Sum(n => (long)n.Weight) + node.Spec.Weight;
            node.PreparedQps = Math.Max(Total(nodes) * node.Spec.Weight / Math.Max(weights, 1), 1);
            Enter(MembershipStage.Prepare, now);
        }
        else if (_stage == MembershipStage.Prepare && (node.Prepared || now - _since >= options.PrepareTimeout))
        {
            Enter(MembershipStage.Shift, now);
            Ramp(now);
        }
        else if (_stage == MembershipStage.Shift && routes.Passed(now) && now - _shiftedAt >= options.RampInterval)
        {
            if (_ramp < options.RampSteps)
            {
                Ramp(now);
            }
            else
            {
                node.Membership = Membership.Active;
                End(now, nodes);
            }
        }

        return null;
    }

    private void Ramp(DateTimeOffset now)
    {
        _ramp++;
        _shiftedAt = now;
        _node!.Weight = (int)Math.Max(1, (long)_node.Spec.Weight * _ramp / options.RampSteps);
    }

    private PoolNode? StepLeave(DateTimeOffset now, SortedDictionary<string, PoolNode> nodes)
    {
        PoolNode node = _node!;
        TimeSpan inStage = now - _since;
        if (node.Membership != Membership.Leaving && !node.Spec.Drained)
        {
            // The operator called the drain off.
            End(now, nodes);
            return null;
        }

        switch (_stage)
        {
            case MembershipStage.Prepare when Others(nodes).All(n => n.Prepared) || inStage >= options.PrepareTimeout:
                node.Weight = 0;
                Enter(MembershipStage.Shift, now);
                break;
            case MembershipStage.Shift when inStage > TimeSpan.Zero && routes.Passed(now):
                Enter(MembershipStage.Drain, now);
                break;
            case MembershipStage.Drain when node.Traffic.DrainedSince(_since) || inStage >= options.DrainTimeout:
                node.Restoring = true;
                Enter(MembershipStage.Restore, now);
                break;
            case MembershipStage.Restore when node.Restored || inStage >= options.RestoreTimeout:
                End(now, nodes);
                if (node.Membership != Membership.Leaving)
                {
                    node.Membership = Membership.Drained;
                    return null;
                }

                nodes.Remove(node.NodeId);
                return node;
        }

        return null;
    }

    private void PrepareOthers(SortedDictionary<string, PoolNode> nodes)
    {
        double total = Total(nodes);
        long weights = Math.Max(Others(nodes).Sum(n => (long)n.Weight), 1);
        foreach (PoolNode other in Others(nodes))
        {
            other.PreparedQps = Math.Max(total * other.Weight / weights, 1);
        }
    }

    private void End(DateTimeOffset now, SortedDictionary<string, PoolNode> nodes)
    {
        foreach (PoolNode node in nodes.Values)
        {
            node.PreparedQps = null;
        }

        _node = null;
        budget.MembershipChanged(now);
    }

    private IEnumerable<PoolNode> Others(SortedDictionary<string, PoolNode> nodes) =>
        nodes.Values.Where(n => n != _node && n.Weight > 0);

    private static double Total(SortedDictionary<string, PoolNode> nodes) => nodes.Values.Sum(n => n.Traffic.Qps);

    private void Enter(MembershipStage stage, DateTimeOffset now)
    {
        _stage = stage;
        _since = now;
    }

    private static string Words(MembershipStage stage) => stage switch
    {
        MembershipStage.Agent => "waiting for its agent",
        MembershipStage.Prepare => "preparing nodes for the load that they will carry",
        MembershipStage.Shift => "shifting load",
        MembershipStage.Drain => "draining requests in flight",
        _ => "restoring the kernel default",
    };
}
