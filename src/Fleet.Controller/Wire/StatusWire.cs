using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Tuning;

namespace Fleet.Controller.Wire;

/// <summary>What operators see of pools, nodes, proxies and decisions.</summary>
internal static class StatusWire
{
    /// <summary>A pool with its status.</summary>
    public static V1.Pool ToProto(this PoolPicture picture)
    {
        PoolDocument d = picture.Document;
        PoolView v = picture.View;
        var status = new V1.PoolStatus
        {
            RequestsPerSecond = v.RequestsPerSecond,
            PercentileUs = v.PercentileUs ?? 0,
            AttainmentRatio = v.AttainmentRatio ?? 0,
            Nodes = (uint)d.Nodes.Length,
            SettledNodes = (uint)v.Nodes.Count(n => n.Phase == TunerPhase.Hold),
            ChangeInProgress = v.ChangeInProgress ?? "",
            Halted = d.Halted,
            ActiveNodes = (uint)v.Nodes.Count(n => n.Weight > 0),
            ParkedNodes = (uint)v.Nodes.Count(n => n.Membership == "parked"),
            ShortfallRequestsPerSecond = v.ShortfallQps,
        };
        if (v.PowerWatts is { } watts)
        {
            status.PowerWatts = watts;
        }

        if (v.DefaultPowerWatts is { } defaultWatts)
        {
            status.DefaultPowerWatts = defaultWatts;
        }

        return new V1.Pool
        {
            Spec = new V1.PoolSpec
            {
                PoolId = d.PoolId,
                Listen = d.Listen,
                Sla = new V1.Sla { Percentile = d.Percentile, LatencyUs = d.LatencyUs },
                Mode = ModeOf(d.Mode),
                Policy = d.Policy,
                Objective = d.Objective,
                PowerCapWatts = d.PowerCapWatts,
                ExplorationShare = d.ExplorationShare ?? 0,
                MinActiveNodes = (uint)d.MinActiveNodes,
                Paused = d.Paused,
                Balance = d.Balance switch
                {
                    LoadBalance.Keyed => V1.Balance.Keyed,
                    LoadBalance.Replicated => V1.Balance.Replicated,
                    _ => V1.Balance.Declared,
                },
            },
            ResourceVersion = d.SpecVersion.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Status = status,
        };
    }

    /// <summary>The pool's nodes with their status, in the order of declaration.</summary>
    public static IEnumerable<V1.Node> ToNodes(this PoolPicture picture)
    {
        Dictionary<string, NodeView> views = picture.View.Nodes.ToDictionary(n => n.NodeId);
        return picture.Document.Nodes.Select(n => new V1.Node
        {
            Spec = new V1.NodeSpec
            {
                PoolId = picture.Document.PoolId,
                NodeId = n.NodeId,
                Address = n.Address,
                Agent = n.Agent ?? "",
                Weight = (uint)n.Weight,
                Cordoned = n.Cordoned,
                Paused = n.Paused,
                Drained = n.Drained,
            },
            ResourceVersion = n.Version.ToString(System.Globalization.CultureInfo.InvariantCulture),
            Status = StatusOf(n, views.GetValueOrDefault(n.NodeId), picture.AgentErrors.GetValueOrDefault(n.NodeId, "")),
        });
    }

    /// <summary>A proxy with its status.</summary>
    public static V1.Proxy ToProto(this ProxyPicture proxy) => new()
    {
        Spec = new V1.ProxySpec { ProxyId = proxy.ProxyId, Control = proxy.Control },
        Connected = proxy.Connected,
        LastError = proxy.LastError ?? "",
        ResourceVersion = "1",
    };

    /// <summary>A decision.</summary>
    public static V1.Decision ToProto(this DecisionRecord d, string poolId)
    {
        var decision = new V1.Decision
        {
            UnixMs = d.At.ToUnixTimeMilliseconds(),
            PoolId = poolId,
            NodeId = d.NodeId,
            Kind = d.Kind,
            Setting = d.Setting.ToProto(),
            Trigger = d.Trigger,
            RequestsPerSecond = d.Qps,
            Reason = d.Reason,
        };
        Set(d.PredictedWatts, x => decision.PredictedWatts = x);
        Set(d.MeasuredWatts, x => decision.MeasuredWatts = x);
        Set(d.PredictedPercentileUs, x => decision.PredictedPercentileUs = x);
        Set(d.MeasuredPercentileUs, x => decision.MeasuredPercentileUs = x);
        Set(d.ProbabilityFeasible, x => decision.ProbabilityFeasible = x);
        Set(d.ExpectedGain, x => decision.ExpectedGain = x);
        return decision;
    }

    private static V1.NodeStatus StatusOf(NodeDocument node, NodeView? view, string agentError)
    {
        var status = new V1.NodeStatus
        {
            Membership = node.Leaving ? "leaving" : view?.Membership ?? "joining",
            AgentError = agentError,
            Setting = new V1.Setting(),
            SettledSetting = new V1.Setting(),
        };
        if (view is null)
        {
            return status;
        }

        status.AgentConnected = view.AgentConnected;
        status.Phase = PhaseOf(view.Phase);
        status.Setting = view.Setting.ToProto();
        status.SettledSetting = view.SettledSetting.ToProto();
        status.RequestsPerSecond = view.RequestsPerSecond;
        status.P50Us = view.P50Us ?? 0;
        status.PercentileUs = view.PercentileUs ?? 0;
        status.PowerSource = view.PowerSource.ToProto();
        status.Trials = (uint)view.Trials;
        status.Reason = view.Reason;
        status.Weight = (uint)view.Weight;
        status.HardwareClass = view.HardwareClass ?? "";
        Set(view.PowerWatts, x => status.PowerWatts = x);
        Set(view.CpuUsPerRequest, x => status.CpuUsPerRequest = x);
        Set(view.DefaultPowerWatts, x => status.DefaultPowerWatts = x);
        return status;
    }

    private static void Set(double? value, Action<double> assign)
    {
        if (value is { } known)
        {
            assign(known);
        }
    }

    private static V1.Mode ModeOf(ControlMode mode) => mode switch
    {
        ControlMode.Observe => V1.Mode.Observe,
        ControlMode.Recommend => V1.Mode.Recommend,
        ControlMode.Canary => V1.Mode.Canary,
        _ => V1.Mode.Active,
    };

    private static V1.TunerPhase PhaseOf(TunerPhase phase) => phase switch
    {
        TunerPhase.Observe => V1.TunerPhase.Observe,
        TunerPhase.Propose => V1.TunerPhase.Propose,
        TunerPhase.Apply => V1.TunerPhase.Apply,
        TunerPhase.Settle => V1.TunerPhase.Settle,
        TunerPhase.Measure => V1.TunerPhase.Measure,
        TunerPhase.Decide => V1.TunerPhase.Decide,
        TunerPhase.Hold => V1.TunerPhase.Hold,
        _ => V1.TunerPhase.Revert,
    };
}
