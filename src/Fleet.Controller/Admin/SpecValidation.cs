using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Core.Control;
using Fleet.Core.Routing;
using Fleet.Core.Search;
using Fleet.V1;

namespace Fleet.Controller.Admin;

/// <summary>Checks what operators send, all fields at once, and turns it into documents.</summary>
internal static class SpecValidation
{
    /// <summary>The pool's document, version 1 and without nodes.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public static PoolDocument Pool(V1.PoolSpec? spec)
    {
        var problems = new FieldProblems();
        spec ??= new V1.PoolSpec();
        double percentile = spec.Sla is null || spec.Sla.Percentile == 0 ? 99 : spec.Sla.Percentile;
        double latencyUs = spec.Sla?.LatencyUs ?? 0;
        string policy = spec.Policy.Length == 0 ? RoutingPolicies.Ketama : spec.Policy;
        string objective = spec.Objective.Length == 0 ? Objective.LeastWattsName : spec.Objective;
        bool caps = objective == Objective.LeastLatencyUnderCap;
        problems.Check(EntityId.IsLegal(spec.PoolId), "spec.pool_id", spec.PoolId, EntityId.Rule);
        problems.Check(Endpoint.IsListen(spec.Listen), "spec.listen", spec.Listen, Endpoint.ListenRule);
        problems.Check(percentile is >= 50 and <= 99.99, "spec.sla.percentile", percentile, "50 to 99.99, or 0 for 99");
        problems.Check(latencyUs is >= 10 and <= 60_000_000, "spec.sla.latency_us", latencyUs, "10 to 60000000 microseconds");
        problems.Check(Enum.IsDefined(spec.Mode), "spec.mode", (int)spec.Mode, "MODE_OBSERVE, MODE_RECOMMEND, MODE_CANARY or MODE_ACTIVE");
        problems.Check(RoutingPolicies.TryGet(policy, out _), "spec.policy", policy, string.Join(" or ", RoutingPolicies.Names));
        problems.Check(Objective.Names.Contains(objective), "spec.objective", objective, string.Join(" or ", Objective.Names));
        problems.Check(
            caps ? spec.PowerCapWatts is > 0 and <= Objective.MostWatts : spec.PowerCapWatts == 0, "spec.power_cap_watts", spec.PowerCapWatts,
            $"above 0 to 1000000 watts with {Objective.LeastLatencyUnderCap}, 0 with every other objective");
        problems.Check(
            Enum.IsDefined(spec.Balance), "spec.balance", (int)spec.Balance, "BALANCE_DECLARED, BALANCE_KEYED or BALANCE_REPLICATED");
        problems.Check(
            spec.ExplorationShare is 0 or (>= 0.01 and <= 1), "spec.exploration_share", spec.ExplorationShare,
            "0.01 to 1, or 0 for the controller's option");
        problems.Check(spec.MinActiveNodes <= 100_000, "spec.min_active_nodes", spec.MinActiveNodes, "1 to 100000, or 0 for 1");
        problems.Throw();
        return new PoolDocument(spec.PoolId, spec.Listen, percentile, latencyUs, ModeOf(spec.Mode), policy, objective, 1, [])
        {
            ExplorationShare = spec.ExplorationShare == 0 ? null : spec.ExplorationShare,
            MinActiveNodes = Math.Max(1, (int)spec.MinActiveNodes),
            Paused = spec.Paused,
            Balance = BalanceOf(spec.Balance),
            PowerCapWatts = spec.PowerCapWatts,
        };
    }

    /// <summary>The node's document.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public static NodeDocument Node(V1.NodeSpec? spec)
    {
        var problems = new FieldProblems();
        spec ??= new V1.NodeSpec();
        uint weight = spec.Weight == 0 ? 100 : spec.Weight;
        problems.Check(EntityId.IsLegal(spec.PoolId), "spec.pool_id", spec.PoolId, EntityId.Rule);
        problems.Check(EntityId.IsLegal(spec.NodeId), "spec.node_id", spec.NodeId, EntityId.Rule);
        problems.Check(Endpoint.IsHostPort(spec.Address), "spec.address", spec.Address, Endpoint.HostPortRule);
        problems.Check(
            spec.Agent.Length == 0 || Endpoint.IsService(spec.Agent), "spec.agent", spec.Agent, $"{Endpoint.ServiceRule}, or empty");
        problems.Check(weight <= 1_000_000, "spec.weight", weight, "1 to 1000000, or 0 for 100");
        problems.Throw();
        return new NodeDocument(
            spec.NodeId, spec.Address, spec.Agent.Length == 0 ? null : spec.Agent, (int)weight, Leaving: false,
            Cordoned: spec.Cordoned, Paused: spec.Paused, Drained: spec.Drained);
    }

    /// <summary>Checks a proxy.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public static void Proxy(ProxySpec? spec)
    {
        var problems = new FieldProblems();
        spec ??= new ProxySpec();
        problems.Check(EntityId.IsLegal(spec.ProxyId), "spec.proxy_id", spec.ProxyId, EntityId.Rule);
        problems.Check(Endpoint.IsService(spec.Control), "spec.control", spec.Control, Endpoint.ServiceRule);
        problems.Throw();
    }

    /// <summary>Checks single values of a request.</summary>
    /// <exception cref="FleetFault">Every illegal field.</exception>
    public static void Require(params (bool Legal, string Field, object? Value, string Rule)[] checks)
    {
        var problems = new FieldProblems();
        foreach ((bool legal, string field, object? value, string rule) in checks)
        {
            problems.Check(legal, field, value, rule);
        }

        problems.Throw();
    }

    private static LoadBalance BalanceOf(Balance balance) => balance switch
    {
        Balance.Keyed => LoadBalance.Keyed,
        Balance.Replicated => LoadBalance.Replicated,
        _ => LoadBalance.Declared,
    };

    private static ControlMode ModeOf(Mode mode) => mode switch
    {
        Mode.Observe => ControlMode.Observe,
        Mode.Recommend => ControlMode.Recommend,
        Mode.Canary => ControlMode.Canary,
        _ => ControlMode.Active,
    };
}
