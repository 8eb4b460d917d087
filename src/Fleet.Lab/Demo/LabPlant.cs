using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Fleet.Lab.Bench;
using Fleet.Lab.Day;
using Fleet.Lab.Lab;
using Fleet.Lab.Lab.Commands;
using Fleet.Lab.Load;
using Fleet.Lab.Report;
using Fleet.V1;

namespace Fleet.Lab.Demo;

/// <summary>The lab with controller, proxy and load: real servers, real knobs, all driven through the admin API.</summary>
internal sealed class LabPlant : IDayPlant
{
    private const string PoolId = "demo";
    private const string ProxyId = "proxy";
    private const int FitLooks = 8;

    // Most of the proxy's code has been compiled for speed by then.
    private static readonly TimeSpan FitWarmUp = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan FitPause = TimeSpan.FromSeconds(2);
    private readonly DemoOptions _options;
    private readonly LabOptions _labOptions;
    private readonly LabEnvironment _lab;
    private readonly LabServices _services;
    private readonly ProxyTelemetry _telemetry;
    private readonly IDemoDisplay _display;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopLoad = new();
    private readonly IdleStates? _idleStates = IdleStates.TryForbid();
    private readonly PlannedPool? _planned;
    private readonly PoolSpec _pool = new() { PoolId = PoolId, Listen = "127.0.0.1:0", Sla = new Sla { Percentile = 99 } };
    private IReadOnlyList<LabServer> _servers = [];
    private LoadGenerator? _load;
    private Task<LoadWindow> _loading = Task.FromResult(new LoadWindow());
    private long _startTimestamp;
    private DateTimeOffset _started;
    private TimeSpan _lastEnd;
    private double _lastCpuMs;
    private int _highestServer;
    private string _fit = "";

    /// <summary>Prepares the plant; <see cref="StartAsync"/> builds it.</summary>
    /// <param name="options">What the demo runs with.</param>
    /// <param name="lab">The lab.</param>
    /// <param name="display">Shows the run.</param>
    /// <param name="time">The clock.</param>
    /// <param name="planned">The pool is replicated, and the planner spreads its load while it is tuned; null: weights stay.</param>
    public LabPlant(DemoOptions options, LabOptions lab, IDemoDisplay display, TimeProvider time, PlannedPool? planned = null)
    {
        (_options, _display, _time, _planned) = (options, display, time, planned);
        OfferedQps = options.Qps;
        _labOptions = LabServices.WithIdleAgents(lab);
        _lab = new LabEnvironment(_labOptions, time);
        _services = new LabServices(_lab, _labOptions, options.Keep, time);
        _telemetry = new ProxyTelemetry(_services.Proxy);
    }

    /// <inheritdoc/>
    public string Kind => "lab";

    /// <inheritdoc/>
    public TimeSpan Elapsed => _startTimestamp == 0 ? TimeSpan.Zero : _time.GetElapsedTime(_startTimestamp);

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
    [
        $"Servers, their NAPI threads and the load share core {_labOptions.ServerCore}; proxy (one event loop), controller and agents share "
            + $"core {_labOptions.AgentCore}, controller and agents in the idle scheduling class; servers and the proxy's loop "
            + (Lab.Commands.RealTimeClass.Available ? "in the real-time class." : "not in the real-time class, which this host refuses."),
        _idleStates is null
            ? "Idle states of the cores are as the host has them: it refuses the request to leave them out (/dev/cpu_dma_latency), so waking "
                + "virtual cores is part of the figures."
            : "No core enters an idle state that takes time to leave, at the kernel default as when tuned (PM QoS request of 0 us): the wake-up "
                + "of a halted virtual core is its host's work, not the server's.",
        "memcached runs without its LRU maintainer thread, whose fixed cost no knob changes.",
        "Server CPU is what the scheduler counted for memcached's threads and the NAPI kernel threads of the servers' devices.",
        _fit,
    ];

    /// <inheritdoc/>
    public double OfferedQps { get; private set; }

    /// <inheritdoc/>
    public async Task StartAsync(double slaUs, CancellationToken cancellation)
    {
        await PinSelfAsync(cancellation);
        _servers = (await _lab.UpAsync(cancellation)).Servers;
        _highestServer = _servers.Max(s => s.Index);
        await StartServicesAsync(cancellation);
        await _services.Admin.AddProxyAsync(
            new AddProxyRequest { Spec = new ProxySpec { ProxyId = ProxyId, Control = _services.ProxyAddress } },
            cancellationToken: cancellation);
        _pool.Sla.LatencyUs = slaUs;
        _pool.Mode = Mode.Observe;
        await _services.Admin.CreatePoolAsync(new CreatePoolRequest { Spec = _pool }, cancellationToken: cancellation);
        foreach (LabServer server in _servers)
        {
            await AddAsync(server, cancellation);
        }

        int port = await PortAsync(cancellation);
        _display.Say($"controller {_services.ControllerAddress}, pool on 127.0.0.1:{port}, {_servers.Count} servers");
        await StartLoadAsync(port, cancellation);
        _telemetry.Start();
    }

    /// <inheritdoc/>
    public async Task SetPoolAsync(double slaUs, bool tuning, CancellationToken cancellation)
    {
        _pool.Sla.LatencyUs = slaUs;
        _pool.Mode = tuning ? Mode.Active : Mode.Observe;
        _pool.Balance = tuning && _planned is not null ? Balance.Replicated : Balance.Declared;
        await _services.Admin.UpdatePoolAsync(new UpdatePoolRequest { Spec = _pool }, cancellationToken: cancellation);
    }

    /// <inheritdoc/>
    public void SetLoad(double qps) => _load!.SetQps(qps);

    /// <inheritdoc/>
    public async Task RemoveNodeAsync(string node, CancellationToken cancellation) => await _services.Admin.RemoveNodeAsync(
        new RemoveNodeRequest { PoolId = PoolId, NodeId = node }, cancellationToken: cancellation);

    /// <inheritdoc/>
    public async Task<string> AddNodeAsync(CancellationToken cancellation)
    {
        LabServer server = await _lab.AddServerAsync(++_highestServer, cancellation);
        _servers = (await _lab.StatusAsync(cancellation)).Servers;
        _lastCpuMs = ServerCpu.TotalMs(_servers);
        await AddAsync(server, cancellation);
        return server.Id;
    }

    /// <inheritdoc/>
    public async Task<DemoInterval> RunAsync(TimeSpan duration, CancellationToken cancellation)
    {
        var interval = new DemoInterval { Start = _lastEnd };
        await Task.Delay(duration, _time, cancellation);
        if (_loading.IsCompleted)
        {
            await _loading;
            throw new LabException("the load ended before the demo did");
        }

        double cpuMs = ServerCpu.TotalMs(_servers);
        interval.Load.Add(await _load!.CutAsync());
        _lastEnd = Elapsed;
        foreach ((string node, var latency) in _telemetry.Take())
        {
            interval.Nodes[node] = latency;
        }

        (IReadOnlyList<DemoNode> nodes, string change) = await ViewAsync(cancellation);
        double? watts = nodes.Count > 0 && nodes.All(n => n.Watts is not null) ? nodes.Sum(n => n.Watts) : null;
        interval.Close(_lastEnd, cpuMs - _lastCpuMs, watts * (_lastEnd - interval.Start).TotalSeconds, nodes, change);
        _lastCpuMs = cpuMs;
        return interval;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VisitedSetting>> SettingsAsync(CancellationToken cancellation)
    {
        ListDecisionsResponse found = await _services.Admin.ListDecisionsAsync(
            new ListDecisionsRequest { PoolId = PoolId, Limit = 1000 }, cancellationToken: cancellation);
        return [.. found.Decisions.Reverse().Select(d => NodeWire.Visited(d, _started))];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopLoad.CancelAsync();
        await ((Task)_loading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _telemetry.DisposeAsync();
        _load?.Dispose();
        if (_options.Keep)
        {
            _display.Say($"kept: fleet status --controller {_services.ControllerAddress}; remove with: fleet lab down");
        }
        else
        {
            await _lab.DownAsync(CancellationToken.None);
        }

        _services.Dispose();
        _stopLoad.Dispose();
        _idleStates?.Dispose();
    }

    // A pool that the planner spreads is one of replicas: the proxy takes the pool's kind from its file, its servers from the controller.
    private async Task StartServicesAsync(CancellationToken cancellation)
    {
        if (_planned is null)
        {
            await _services.StartAsync([], cancellation);
            return;
        }

        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _pool.Listen = $"{free.LocalEndpoint}";
        }

        string file = Path.Combine(_labOptions.StateDirectory, "pools.json");
        string servers = string.Join(", ", _servers.Select(s => $"{{\"id\": \"{s.Id}\", \"address\": \"{s.Endpoint}\"}}"));
        await File.WriteAllTextAsync(
            file,
            $"{{\"pools\": [{{\"id\": \"{PoolId}\", \"kind\": \"replicated\", \"listen\": \"{_pool.Listen}\", \"servers\": [{servers}]}}]}}\n",
            cancellation);
        await _services.StartAsync(["--pools", file], cancellation);
    }

    private async Task AddAsync(LabServer server, CancellationToken cancellation) => await _services.Admin.AddNodeAsync(
        new AddNodeRequest
        {
            Spec = new NodeSpec { PoolId = PoolId, NodeId = server.Id, Address = $"{server.Endpoint}", Agent = server.AgentListen },
        },
        cancellationToken: cancellation);

    private async Task StartLoadAsync(int port, CancellationToken cancellation)
    {
        _load = new LoadGenerator(
            new LoadOptions
            {
                Host = "127.0.0.1", Port = port, Qps = _options.Qps, Seed = _options.Seed, Duration = null, Core = _labOptions.ServerCore,
            },
            _time);
        _loading = _load.RunAsync(null, _stopLoad.Token);
        await _load.CutAsync().WaitAsync(cancellation);
        if (_loading.IsCompleted)
        {
            await _loading;
        }

        await FitLoadAsync(cancellation);
        if (_planned is not null)
        {
            // How much a node may carry is a share of the peak, and the peak is what the machine can offer.
            await _services.RestartControllerAsync(PoolId, _planned.ControllerOptions(OfferedQps), cancellation);
            await PortAsync(cancellation);
        }

        await _load.CutAsync().WaitAsync(cancellation);
        _startTimestamp = _time.GetTimestamp();
        _started = _time.GetUtcNow();
        _lastCpuMs = ServerCpu.TotalMs(_servers);
    }

    // Finds the load that leaves both cores room and not too much of it.
    private async Task FitLoadAsync(CancellationToken cancellation)
    {
        await Task.Delay(FitWarmUp, _time, cancellation);
        for (int look = 0; look < FitLooks; look++)
        {
            FitLook before = Look();
            await Task.Delay(FitPause, _time, cancellation);
            if (Look().Since(before) is not { } busy)
            {
                return;
            }

            (double proxyBusy, double serverBusy) = busy;
            double next = LoadFit.Next(OfferedQps, Math.Max(proxyBusy, serverBusy), _options.Qps);
            _fit = string.Create(
                CultureInfo.InvariantCulture,
                $"The load is {next:0} requests/s of the {_options.Qps:0} asked for; with {OfferedQps:0} at the kernel default, core "
                + $"{_labOptions.AgentCore} of the proxy was {proxyBusy:P0} busy beside controller and agents, core {_labOptions.ServerCore} of "
                + $"servers and load {serverBusy:P0}.");
            if (next == OfferedQps)
            {
                break;
            }

            OfferedQps = next;
            _load!.SetQps(next);
        }

        _display.Say(_fit);
    }

    private FitLook Look() => new(
        CoreTimes.Read(_labOptions.AgentCore),
        CoreTimes.Read(_labOptions.ServerCore),
        _servers.Select(s => s.AgentPid).OfType<int>().Append(_services.ControllerPid)
            .Select(pid => CpuClock.OfProcess(pid) ?? TimeSpan.Zero).Aggregate(TimeSpan.Zero, (sum, cpu) => sum + cpu),
        _time.GetElapsedTime(0));

    // The pool is ready when the proxy listens and every node is in its routes and answers.
    private async Task<int> PortAsync(CancellationToken cancellation)
    {
        string last = "";
        for (int attempt = 0; attempt < 200; attempt++)
        {
            GetStatusResponse status = await _services.Proxy.GetStatusAsync(new GetStatusRequest(), cancellationToken: cancellation);
            PoolRoutes? pool = status.Pools.FirstOrDefault(p => p.PoolId == PoolId);
            (IReadOnlyList<DemoNode> nodes, string change) = await ViewAsync(cancellation);
            if (pool is not null && pool.Nodes.Count == _servers.Count && change.Length == 0
                && nodes.Count == _servers.Count && nodes.All(n => n.Membership == "active"))
            {
                return int.Parse(pool.Listen.AsSpan(pool.Listen.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
            }

            last = $"routes {pool?.Nodes.Count ?? 0}, change '{change}', "
                + string.Join(", ", nodes.Select(n => $"{n.Id} {n.Membership} ({n.Reason})"));
            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellation);
        }

        throw new LabException($"the pool was not ready within 20 s: {last}");
    }

    private async Task<(IReadOnlyList<DemoNode> Nodes, string Change)> ViewAsync(CancellationToken cancellation)
    {
        ListNodesResponse nodes = await _services.Admin.ListNodesAsync(
            new ListNodesRequest { PoolId = PoolId }, cancellationToken: cancellation);
        Pool pool = await _services.Admin.GetPoolAsync(new GetPoolRequest { PoolId = PoolId }, cancellationToken: cancellation);
        return ([.. nodes.Nodes.Select(NodeWire.View).OrderBy(n => n.Id, StringComparer.Ordinal)], pool.Status?.ChangeInProgress ?? "");
    }

    // All threads of this process beside the proxy, off the servers' core.
    private async Task PinSelfAsync(CancellationToken cancellation) => await HostCommand.RunAsync(
        $"taskset -a -c -p {_labOptions.AgentCore} {Environment.ProcessId}", cancellation);
}
