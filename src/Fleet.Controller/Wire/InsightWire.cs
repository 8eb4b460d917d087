using System.Globalization;
using Fleet.Controller.Audit;
using Fleet.Controller.Storage;
using Fleet.Core.Control;

namespace Fleet.Controller.Wire;

/// <summary>What people see of explanations, plans and the audit log.</summary>
internal static class InsightWire
{
    /// <summary>Why a node has its setting.</summary>
    public static V1.Explanation ToProto(this NodeExplanation e, string poolId)
    {
        var proto = new V1.Explanation
        {
            PoolId = poolId,
            NodeId = e.NodeId,
            SlaPercentile = e.Sla.Percentile,
            SlaLatencyUs = e.Sla.LatencyUs,
            RequestsPerSecond = e.Qps,
            Setting = e.InForce.ToProto(),
            SettledSetting = e.Settled.ToProto(),
            Trigger = e.Trigger,
            Reason = e.Reason,
            Phase = e.Phase.ToString().ToLowerInvariant(),
            Trials = (uint)e.Trials,
        };
        proto.Candidates.AddRange(e.Candidates.Select(ToProto));
        return proto;
    }

    /// <summary>What a change would do.</summary>
    public static V1.PlanResponse ToProto(this PoolPlan plan)
    {
        var proto = new V1.PlanResponse { MovedKeysShare = plan.MovedKeysShare, RequestsPerSecond = plan.Qps };
        Set(plan.PresentWatts, x => proto.PresentWatts = x);
        Set(plan.PredictedWatts, x => proto.PredictedWatts = x);
        Set(plan.PresentPercentileUs, x => proto.PresentPercentileUs = x);
        Set(plan.PredictedPercentileUs, x => proto.PredictedPercentileUs = x);
        proto.Nodes.AddRange(plan.Nodes.Select(ToProto));
        proto.Steps.AddRange(plan.Steps);
        proto.Warnings.AddRange(plan.Warnings);
        return proto;
    }

    /// <summary>One write of an operator.</summary>
    public static V1.AuditEntry ToProto(this OperationRecord o) => new()
    {
        EntryId = o.Id.ToString(CultureInfo.InvariantCulture),
        UnixMs = o.At.ToUnixTimeMilliseconds(),
        Actor = o.Actor,
        Role = o.Role,
        Peer = o.Peer,
        Method = o.Method,
        PoolId = o.PoolId,
        NodeId = o.NodeId,
        ProxyId = o.ProxyId,
        RequestId = o.RequestId,
        Outcome = o.Outcome,
        Detail = o.Detail,
        RequestJson = o.RequestJson,
        ResourceVersion = o.ResourceVersion,
    };

    /// <summary>The spec that a write made.</summary>
    public static V1.PoolRevision ToRevision(this OperationRecord o) => new()
    {
        ResourceVersion = o.ResourceVersion,
        UnixMs = o.At.ToUnixTimeMilliseconds(),
        Actor = o.Actor,
        Method = o.Method,
        Spec = V1.PoolSpec.Parser.ParseJson(o.PoolSpecJson),
    };

    /// <summary>The kill switch.</summary>
    public static V1.KillSwitch ToProto(this KillSwitchDocument d) => new()
    {
        On = d.On, Reason = d.Reason, Actor = d.Actor, UnixMs = d.At.ToUnixTimeMilliseconds(),
    };

    private static V1.Candidate ToProto(ExplainedCandidate c)
    {
        var proto = new V1.Candidate { Setting = c.Setting.ToProto(), Windows = (uint)c.Windows, Verdict = c.Verdict };
        Set(c.Prediction?.Watts, x => proto.PredictedWatts = x);
        Set(c.Prediction?.PercentileUs, x => proto.PredictedPercentileUs = x);
        Set(c.Prediction?.ProbabilityFeasible, x => proto.ProbabilityFeasible = x);
        Set(c.MeasuredWatts, x => proto.MeasuredWatts = x);
        Set(c.MeasuredPercentileUs, x => proto.MeasuredPercentileUs = x);
        return proto;
    }

    private static V1.PlannedNode ToProto(NodePlan n)
    {
        var proto = new V1.PlannedNode
        {
            NodeId = n.NodeId,
            Membership = n.Membership,
            PresentRequestsPerSecond = n.PresentQps,
            PlannedRequestsPerSecond = n.PlannedQps,
            PresentWeight = (uint)n.PresentWeight,
            PlannedWeight = (uint)n.PlannedWeight,
            PresentSetting = n.PresentSetting.ToProto(),
            PlannedSetting = n.Outlook.Setting.ToProto(),
            Reason = n.Outlook.Reason,
        };
        Set(n.PresentWatts, x => proto.PresentWatts = x);
        Set(n.Outlook.Prediction?.Watts, x => proto.PredictedWatts = x);
        Set(n.PresentPercentileUs, x => proto.PresentPercentileUs = x);
        Set(n.Outlook.Prediction?.PercentileUs, x => proto.PredictedPercentileUs = x);
        Set(n.Outlook.Prediction?.ProbabilityFeasible, x => proto.ProbabilityFeasible = x);
        return proto;
    }

    private static void Set(double? value, Action<double> assign)
    {
        if (value is { } known)
        {
            assign(known);
        }
    }
}
