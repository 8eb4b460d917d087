namespace Fleet.Hosting.Metrics;

/// <summary>What every service tells of itself, the agent's metrics, and the proxy's.</summary>
public static partial class MetricNames
{
#pragma warning disable CS1591 // Each definition carries its own help text.
    public static readonly MetricDefinition BuildInfo = Gauge(
        "fleet.build.info", "{build}", PerProcess, "Always 1; the labels say which build runs.", "service", "version", "runtime");

    public static readonly MetricDefinition Ready = Gauge(
        "fleet.ready", "{service}", PerProcess, "1 when the service can do its work (the answer of /readyz), else 0.");

    public static readonly MetricDefinition ConfigLoadTime = Gauge(
        "fleet.config.load.time", "s", PerProcess, "When the configuration in force was read, seconds since 1970.");

    public static readonly MetricDefinition ProcessCpu = Counter(
        "process.cpu", "s", PerProcess, "CPU time of the process, user and system.");

    public static readonly MetricDefinition ProcessResident = Gauge("process.resident.memory", "By", PerProcess, "Resident memory.");

    public static readonly MetricDefinition ProcessStart = Gauge(
        "process.start.time", "s", PerProcess, "When the process started, seconds since 1970.");

    public static readonly MetricDefinition ProcessOpenFiles = Gauge(
        "process.open.fds", "{descriptor}", PerProcess, "Open file descriptors.");

    public static readonly MetricDefinition ProxyRequests = Counter(
        "fleet.proxy.requests", "{request}", PerNode,
        "Requests answered by a node, or failed on the way to it; of an l4 pool: connections.", Pool, Node);

    public static readonly MetricDefinition ProxyErrors = Counter(
        "fleet.proxy.request.errors", "{request}", PerNode, "Requests that failed: lost node, time-out, damaged reply.", Pool, Node);

    public static readonly MetricDefinition ProxyHits = Counter(
        "fleet.proxy.cache.hits", "{request}", PerNode, "Retrievals that found their key.", Pool, Node);

    public static readonly MetricDefinition ProxyMisses = Counter(
        "fleet.proxy.cache.misses", "{request}", PerNode, "Retrievals that did not find their key.", Pool, Node);

    public static readonly MetricDefinition ProxySent = Counter(
        "fleet.proxy.node.sent", "By", PerNode, "Bytes sent to a node.", Pool, Node);

    public static readonly MetricDefinition ProxyReceived = Counter(
        "fleet.proxy.node.received", "By", PerNode, "Bytes received from a node.", Pool, Node);

    public static readonly MetricDefinition ProxyInFlight = Gauge(
        "fleet.proxy.requests.in_flight", "{request}", PerNode, "Requests that wait for a node.", Pool, Node);

    public static readonly MetricDefinition ProxyNodeUp = Gauge(
        "fleet.proxy.node.up", "1", PerNode, "Share of the event loops whose connection to the node is up.", Pool, Node);

    public static readonly MetricDefinition ProxyDuration = Histogram(
        "fleet.proxy.request.duration", "s", PerNode + " × 24",
        "Time from sending a request to its reply; http pools: from its arrival to the response's head; l4 pools: to connect.", Pool, Node);

    public static readonly MetricDefinition ProxyConnections = Gauge(
        "fleet.proxy.client.connections", "{connection}", PerProcess, "Client connections open now.");

    public static readonly MetricDefinition ProxyPoolConnections = Gauge(
        "fleet.proxy.pool.client.connections", "{connection}", PerPool, "Client connections open now, by the pool that they connected to.", Pool);

    public static readonly MetricDefinition ProxyConnectionsOpened = Counter(
        "fleet.proxy.client.connections.opened", "{connection}", PerProcess, "Client connections accepted.");

    public static readonly MetricDefinition ProxyConnectionsRefused = Counter(
        "fleet.proxy.client.connections.refused", "{connection}", PerProcess, "Client connections refused: max-connections were open.");

    public static readonly MetricDefinition ProxyClientsDropped = Counter(
        "fleet.proxy.client.connections.dropped", "{connection}", PerProcess, "Client connections closed: too many replies waited for them.");

    public static readonly MetricDefinition ProxyReplyBytesWaiting = Gauge(
        "fleet.proxy.client.reply.waiting", "By", PerProcess, "Bytes of replies that clients have not taken yet.");

    public static readonly MetricDefinition ProxyCommands = Counter(
        "fleet.proxy.commands", "{command}", PerProcess, "Commands taken from clients, those that the proxy answers itself included.");

    public static readonly MetricDefinition ProxyBytesRead = Counter(
        "fleet.proxy.socket.read", "By", PerProcess, "Bytes read from clients and nodes.");

    public static readonly MetricDefinition ProxyBytesWritten = Counter(
        "fleet.proxy.socket.written", "By", PerProcess, "Bytes written to clients and nodes.");

    public static readonly MetricDefinition ProxyTurns = Counter(
        "fleet.proxy.loop.turns", "{turn}", PerProcess, "Turns of the event loops; commands per turn is the batch size.");

    public static readonly MetricDefinition ProxyAllocated = Counter(
        "fleet.proxy.loop.allocated", "By", PerProcess, "Bytes that the event loops allocated; stands still under steady load.");

    public static readonly MetricDefinition ProxyRevision = Gauge(
        "fleet.proxy.pool.revision", "{revision}", PerPool, "Revision of the pool's routes in force.", Pool);

    /// <summary>What the rules of pools did.</summary>
    public static readonly MetricDefinition ProxyRouted = Counter(
        "fleet.proxy.routed", "{request}", "9 pools",
        "Requests that a pool's rules touched: sent to a stand-in, a shadow or a copy, shared, or fetched from another node and filled in.",
        Pool, "action");

    /// <summary>Reads of the pools file after the start.</summary>
    public static readonly MetricDefinition ProxyReloads = Counter(
        "fleet.proxy.pools.reloads", "{reload}", "2",
        "Times that the pools file was read again: accepted, or refused with the last good pools still in force.", "result");

    public static readonly MetricDefinition AgentPower = Gauge(
        "fleet.agent.power", "W", "sources (5)", "Mean power over the last seconds; source model is an estimate.", "source");

    public static readonly MetricDefinition AgentEnergy = Counter(
        "fleet.agent.energy", "J", "sources (5)", "Energy since the agent started; source model is an estimate.", "source");

    public static readonly MetricDefinition AgentServerCpu = Counter(
        "fleet.agent.server.cpu", "s", PerProcess, "CPU time of the measured server's processes, or of the host without one.");

    public static readonly MetricDefinition AgentNapiCpu = Counter(
        "fleet.agent.napi.cpu", "s", PerProcess, "CPU time of the device's NAPI threads.");

    public static readonly MetricDefinition AgentSwitches = Counter(
        "fleet.agent.context.switches", "{switch}", PerProcess, "Context switches of the server and the NAPI threads.");

    public static readonly MetricDefinition AgentPackets = Counter(
        "fleet.agent.received.packets", "{packet}", PerProcess, "Packets that the device received.");

    public static readonly MetricDefinition AgentKnob = Gauge(
        "fleet.agent.knob.value", "{unit}", "knobs (17)", "Value of a knob as read back now; its unit is in its name.", "knob");

    public static readonly MetricDefinition AgentChanged = Gauge(
        "fleet.agent.knobs.changed", "{host}", PerProcess, "1 while the host is not at its original values, else 0.");

    public static readonly MetricDefinition AgentExploring = Gauge(
        "fleet.agent.exploring", "{host}", PerProcess, "1 while a probe is in force, else 0.");

    public static readonly MetricDefinition AgentLease = Gauge(
        "fleet.agent.lease.remaining", "s", PerProcess, "Time until the controller's lease ends: a probe ends then too. 0 without a controller.");

    public static readonly MetricDefinition AgentSensorUp = Gauge(
        "fleet.agent.sensor.up", "{sensor}", "sensors (17)", "1 when the sensor works, else 0.", "sensor");

    public static readonly MetricDefinition AgentPermission = Gauge(
        "fleet.agent.permission.missing", "{permission}", "knobs and sensors (34)",
        "1 for each knob or sensor that a missing permission keeps from working; the log says which one.", "name");

    public static readonly MetricDefinition AgentOwnActions = Counter(
        "fleet.agent.own.actions", "{action}", PerProcess,
        "Times that the agent changed or gave up a setting without being told: lease, foreign writer, device.");

    public static readonly MetricDefinition AgentYielded = Gauge(
        "fleet.agent.yielded", "{host}", PerProcess, "1 when another program writes the knobs and the agent gave them up, else 0.");
#pragma warning restore CS1591
}
