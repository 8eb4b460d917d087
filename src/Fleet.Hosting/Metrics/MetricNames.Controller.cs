namespace Fleet.Hosting.Metrics;

/// <summary>The controller's metrics: promise, energy, tuning, ownership.</summary>
public static partial class MetricNames
{
#pragma warning disable CS1591 // Each definition carries its own help text.
    public static readonly MetricDefinition PoolRate = Gauge(
        "fleet.pool.load", "{request}/s", PerPool, "Requests per second of all nodes, last 2 s.", Pool);

    public static readonly MetricDefinition PoolLatency = Gauge(
        "fleet.pool.latency", "s", PerPool, "Latency at the promise's percentile, all nodes, last 10 s.", Pool);

    public static readonly MetricDefinition PoolSlaLatency = Gauge(
        "fleet.pool.sla.latency", "s", PerPool, "The promised latency.", Pool);

    public static readonly MetricDefinition PoolSlaTarget = Gauge(
        "fleet.pool.sla.target", "1", PerPool, "Share of requests promised within the latency: 0.99 for the 99th percentile.", Pool);

    public static readonly MetricDefinition PoolAttainment = Gauge(
        "fleet.pool.sla.attainment", "1", PerPool, "Share of requests within the promised latency, last 10 s.", Pool);

    public static readonly MetricDefinition PoolRequests = Counter(
        "fleet.pool.requests", "{request}", PerPool, "Requests that the proxies reported.", Pool);

    public static readonly MetricDefinition PoolViolations = Counter(
        "fleet.pool.sla.violations", "{request}", PerPool, "Requests above the promised latency, and requests that failed.", Pool);

    public static readonly MetricDefinition PoolErrors = Counter(
        "fleet.pool.request.errors", "{request}", PerPool, "Requests that failed, as the proxies reported them.", Pool);

    public static readonly MetricDefinition PoolBudget = Gauge(
        "fleet.pool.error.budget", "1", PerPool,
        "What is left of the requests that the promise allows to be late, over the last hour: 1 all, 0 none, below 0 broken.", Pool);

    public static readonly MetricDefinition PoolPower = Gauge(
        "fleet.pool.power", "W", PerPool, "Power of the pool's nodes that have a source.", Pool);

    public static readonly MetricDefinition PoolDefaultPower = Gauge(
        "fleet.pool.default.power", "W", PerPool,
        "Power that the model expects at the kernel default and the present load: an estimate.", Pool);

    public static readonly MetricDefinition PoolEnergy = Counter(
        "fleet.pool.energy", "J", PerPool, "Power summed over time since the controller started.", Pool);

    public static readonly MetricDefinition PoolSavedEnergy = Gauge(
        "fleet.pool.saved.energy", "J", PerPool,
        "Estimated energy saved against the kernel default since the controller started; falls while tuning costs.", Pool);

    public static readonly MetricDefinition PoolSavings = Gauge(
        "fleet.pool.savings", "1", PerPool, "Estimated share of the kernel default's power that is saved now.", Pool);

    public static readonly MetricDefinition PoolEnergyPerMillion = Gauge(
        "fleet.pool.energy.per_million_requests", "J", PerPool, "Energy of a million requests at the present power and load.", Pool);

    public static readonly MetricDefinition PoolNodes = Gauge(
        "fleet.pool.nodes", "{node}", PerPool + " × 4", "Nodes by membership: joining, active, leaving, lost.", Pool, "membership");

    public static readonly MetricDefinition PoolMode = Gauge(
        "fleet.pool.mode", "{pool}", PerPool, "1 for the mode in force: observe, recommend, canary, active.", Pool, "mode");

    public static readonly MetricDefinition PoolChanging = Gauge(
        "fleet.pool.changing", "{pool}", PerPool, "1 while a change of membership is in progress, else 0.", Pool);

    public static readonly MetricDefinition PoolStepAge = Gauge(
        "fleet.pool.step.age", "s", PerPool, "Time since the pool's owner last acted; normally below 1 s.", Pool);

    public static readonly MetricDefinition NodeRate = Gauge(
        "fleet.node.load", "{request}/s", PerNode, "Requests per second, last 2 s.", Pool, Node);

    public static readonly MetricDefinition NodeLatency = Gauge(
        "fleet.node.latency", "s", PerNode, "Latency at the promise's percentile, last 2 s.", Pool, Node);

    public static readonly MetricDefinition NodePower = Gauge(
        "fleet.node.power", "W", PerNode, "Power, last 2 s; source model is an estimate from CPU time.", Pool, Node, "source");

    public static readonly MetricDefinition NodeDefaultPower = Gauge(
        "fleet.node.default.power", "W", PerNode, "Power that the model expects at the kernel default: an estimate.", Pool, Node);

    public static readonly MetricDefinition NodeEnergy = Counter(
        "fleet.node.energy", "J", PerNode, "Power summed over time since the controller started.", Pool, Node, "source");

    public static readonly MetricDefinition NodeKnob = Gauge(
        "fleet.node.knob.value", "{unit}", PerNode + " × knobs (about 6)",
        "Value of a knob in force, as read back; absent at the kernel default.", Pool, Node, "knob");

    public static readonly MetricDefinition NodePhase = Gauge(
        "fleet.node.phase", "{node}", PerNode, "1 for the phase of the node's tuner.", Pool, Node, "phase");

    public static readonly MetricDefinition NodePhaseAge = Gauge(
        "fleet.node.phase.age", "s", PerNode, "Time since the node last held a setting or observed; 0 while it does.", Pool, Node);

    public static readonly MetricDefinition NodeWeight = Gauge(
        "fleet.node.weight", "{share}", PerNode, "Share of the pool's load relative to the other nodes.", Pool, Node);

    public static readonly MetricDefinition NodeMember = Gauge(
        "fleet.node.membership", "{node}", PerNode, "1 for the node's membership: joining, active, leaving, lost.", Pool, Node,
        "membership");

    public static readonly MetricDefinition NodeAgentUp = Gauge(
        "fleet.node.agent.up", "{agent}", PerNode, "1 when the controller is connected to the node's agent, else 0.", Pool, Node);

    public static readonly MetricDefinition NodePowerKnown = Gauge(
        "fleet.node.power.known", "{node}", PerNode, "1 when the node has a source of power, else 0; only nodes with an agent.",
        Pool, Node);

    public static readonly MetricDefinition TunerTrials = Counter(
        "fleet.tuner.trials", "{trial}", PerNode + " × outcomes (about 8)", "Decisions of the node's tuner by kind.", Pool, Node, "outcome");

    public static readonly MetricDefinition TunerPredictedPower = Gauge(
        "fleet.tuner.predicted.power", "W", PerNode, "What the model predicted for the latest setting that was measured.", Pool, Node);

    public static readonly MetricDefinition TunerMeasuredPower = Gauge(
        "fleet.tuner.measured.power", "W", PerNode, "What the latest measured setting used.", Pool, Node);

    public static readonly MetricDefinition TunerPredictedLatency = Gauge(
        "fleet.tuner.predicted.latency", "s", PerNode, "Latency at the promise's percentile that the model predicted.", Pool, Node);

    public static readonly MetricDefinition TunerMeasuredLatency = Gauge(
        "fleet.tuner.measured.latency", "s", PerNode, "Latency at the promise's percentile of the latest measured setting.", Pool, Node);

    public static readonly MetricDefinition ControllerPools = Gauge(
        "fleet.controller.pools.owned", "{pool}", PerProcess, "Pools that this controller owns (holds the lease of).");

    public static readonly MetricDefinition ControllerEpoch = Gauge(
        "fleet.controller.epoch", "{epoch}", PerProcess, "Fencing epoch of this controller's commands.");

    public static readonly MetricDefinition ControllerProxyUp = Gauge(
        "fleet.controller.proxy.up", "{proxy}", "proxies", "1 when the controller is connected to the proxy, else 0.", "proxy");

    public static readonly MetricDefinition ControllerSliceLag = Gauge(
        "fleet.controller.slice.lag", "s", "proxies", "Time since the proxy's last telemetry slice arrived.", "proxy");
#pragma warning restore CS1591
}
