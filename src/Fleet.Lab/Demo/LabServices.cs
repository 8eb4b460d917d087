using Fleet.Grpc.Client;
using Fleet.Lab.Lab;
using Fleet.V1;
using Grpc.Core;

namespace Fleet.Lab.Demo;

/// <summary>The controller and the proxy of a demo, as processes of this program, and the connections to them.</summary>
internal sealed class LabServices : IDisposable
{
    // Controller and agents run in the idle class: what decides must not delay what it measures on the core they share.
    private static readonly string[] WhenIdle = ["chrt", "--idle", "0"];

    // Compiling instrumented code first takes the shared core twice in a service's first half minute, which is when a demo measures.
    private const string NoProfiling = "DOTNET_TieredPGO=0";

    // Latency at one setting wanders by a fifth within minutes on a shared virtual machine, whose neighbours come and go: a setting next to
    // the promise breaks it and is searched again, which costs more than it saves.
    private const string SettleMargin = "0.85";

    // Server CPU of one setting, minutes apart on a shared host: 24 to 29 us a request at the default.
    private const string PowerNoise = "0.04";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private readonly LabEnvironment _lab;
    private readonly LabOptions _options;
    private readonly TimeProvider _time;
    private readonly bool _keep;
    private readonly ChildStarter _starter = new();
    private readonly FleetChannel _controllerChannel;
    private readonly FleetChannel _proxyChannel;

    /// <summary>Prepares connections; <see cref="StartAsync"/> starts the processes.</summary>
    public LabServices(LabEnvironment lab, LabOptions options, bool keep, TimeProvider time)
    {
        (_lab, _options, _keep, _time) = (lab, options, keep, time);
        // A service that runs only when its core is idle may be late with a ping; a dead one closes its socket.
        var patient = new FleetChannelOptions { KeepAlivePingDelay = TimeSpan.FromMinutes(10) };
        _controllerChannel = FleetChannel.ForAddress(ControllerAddress, patient);
        _proxyChannel = FleetChannel.ForAddress(ProxyAddress, patient);
        Admin = new AdminService.AdminServiceClient(_controllerChannel);
        Proxy = new ProxyService.ProxyServiceClient(_proxyChannel);
    }

    /// <summary>The admin API.</summary>
    public AdminService.AdminServiceClient Admin { get; }

    /// <summary>The proxy's control side.</summary>
    public ProxyService.ProxyServiceClient Proxy { get; }

    /// <summary>Where the controller listens.</summary>
    public string ControllerAddress => $"unix:{Path.Combine(_options.StateDirectory, "controller.sock")}";

    /// <summary>Where the proxy's control side listens.</summary>
    public string ProxyAddress => $"unix:{Path.Combine(_options.StateDirectory, "proxy.sock")}";

    /// <summary>The same lab options with agents that run only when their core is idle.</summary>
    public static LabOptions WithIdleAgents(LabOptions options) =>
        options.FleetCommand.Count == 0 ? options : options with { FleetCommand = [.. WhenIdle, .. options.FleetCommand] };

    private static string LoopPriority => Lab.Commands.RealTimeClass.Available
        ? Lab.Commands.RealTimeClass.Proxy.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : "0";

    /// <summary>Process of the controller; 0 before it was started.</summary>
    public int ControllerPid { get; private set; }

    /// <summary>Starts both processes and waits until they answer.</summary>
    /// <param name="proxyOptions">Further options of the proxy.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task StartAsync(IReadOnlyList<string> proxyOptions, CancellationToken cancellation)
    {
        await StartControllerAsync([], cancellation);
        await RunAsync(
            "proxy",
            [
                .. Fleet("proxy"), "--control", ProxyAddress, "--state", Path.Combine(_options.StateDirectory, "proxy.json"),
                "--loops", "1", "--loop-priority", LoopPriority, .. proxyOptions,
            ],
            cancellation);
        await Answers("controller", ct => Admin.ListPoolsAsync(new ListPoolsRequest(), cancellationToken: ct).ResponseAsync, cancellation);
        await Answers("proxy", ct => Proxy.GetStatusAsync(new GetStatusRequest(), cancellationToken: ct).ResponseAsync, cancellation);
    }

    /// <summary>Starts the controller again on the same documents and waits until it knows the pool; the proxy serves meanwhile.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="controllerOptions">Further options of the controller.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task RestartControllerAsync(string pool, IReadOnlyList<string> controllerOptions, CancellationToken cancellation)
    {
        if (ProcessIdentity.Of(ControllerPid) is { } running)
        {
            await new ProcessReaper(_time).EndAsync([new LabProcess("controller", running)], cancellation);
        }

        await StartControllerAsync(controllerOptions, cancellation);
        var asked = new GetPoolRequest { PoolId = pool };
        await Answers("controller", ct => Admin.GetPoolAsync(asked, cancellationToken: ct).ResponseAsync, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _controllerChannel.Dispose();
        _proxyChannel.Dispose();
        _starter.Dispose();
    }

    private IReadOnlyList<string> Fleet(string service) =>
        ["env", NoProfiling, "taskset", "-c", $"{_options.AgentCore}", .. Lab.Commands.SelfCommand.Fleet, service];

    private async Task StartControllerAsync(IReadOnlyList<string> further, CancellationToken cancellation) => ControllerPid = await RunAsync(
        "controller",
        [
            .. WhenIdle, .. Fleet("controller"),
            "--listen", ControllerAddress, "--data", Path.Combine(_options.StateDirectory, "controller"),
            "--max-exploring-share", "0.05", "--membership-hold-off", "0s", "--search-hold-off", "5min", "--settle-margin", SettleMargin,
            "--power-noise", PowerNoise,
            .. further,
        ],
        cancellation);

    private async Task<int> RunAsync(string name, IReadOnlyList<string> words, CancellationToken cancellation)
    {
        int pid = await _starter.StartAsync(words, Log(name), diesWithParent: !_keep);
        await _lab.TrackProcessAsync(name, pid, cancellation);
        return pid;
    }

    private async Task Answers(string name, Func<CancellationToken, Task> call, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(StartLimit, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        while (true)
        {
            try
            {
                await call(both.Token);
                return;
            }
            catch (RpcException notYet) when (!both.IsCancellationRequested)
            {
                // A controller that has just started takes its pools up one after the other.
                if (notYet.StatusCode is not (StatusCode.Unavailable or StatusCode.NotFound))
                {
                    throw;
                }
            }
            catch (Exception) when (limit.IsCancellationRequested && !cancellation.IsCancellationRequested)
            {
                throw new LabException($"the {name} did not answer within {StartLimit.TotalSeconds:0} s; its log: {Tail(Log(name))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private string Log(string name) => Path.Combine(_options.StateDirectory, name + ".log");

    private static string Tail(string log) => DetachedProcess.Tail(log);
}
