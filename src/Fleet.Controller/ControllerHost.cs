using Fleet.Controller.Admin;
using Fleet.Controller.Cluster;
using Fleet.Controller.Dashboard;
using Fleet.Controller.Grains;
using Fleet.Controller.Metrics;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.Grpc.Client;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller;

/// <summary>One controller: grains over a store, the admin API in front.</summary>
public static partial class ControllerHost
{
    /// <summary>Runs until cancelled; then saves and stops. Proxies and nodes go on as they are.</summary>
    /// <param name="options">Options; all problems are reported together.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="ready">Told the address to dial once the admin API answers; may be null.</param>
    /// <param name="ct">Stops the controller.</param>
    /// <exception cref="StartupException">Bad options, a taken address, or an unusable store; nothing runs then.</exception>
    public static Task RunAsync(ControllerOptions options, TimeProvider time, Action<string>? ready, CancellationToken ct) =>
        RunAsync(options, new ControllerPorts(), time, ready, ct);

    /// <summary>The same with other ways to agents and proxies.</summary>
    internal static async Task RunAsync(
        ControllerOptions options, ControllerPorts ports, TimeProvider time, Action<string>? ready, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartupException.ThrowIfAny(options.Validate());
        using ILoggerFactory logs = ServiceLogging.CreateFactory();
        ILogger logger = logs.CreateLogger("Fleet.Controller");
        await using ControllerStore store = await ControllerStore.OpenAsync(options, time, logger, ct).ConfigureAwait(false);
        var decisions = new CountedDecisions(store.Decisions);
        FleetChannelOptions channel = PeerChannel.Of(options.Tls, time, logger);
        await using var proxies = new ProxySet(
            store.Documents, ports.Proxies ?? new GrpcProxyPort(time, channel), new ProxyHostContext(store.Epoch, time, logger));
        using var models = new ModelBudget(time);
        var grains = new GrainHost(
            store.Documents, ports.Agents ?? new GrpcAgentPort(time, channel, options.ReadingInterval), proxies, decisions,
            ports.Around(PoolControls.Factory(options, models)), time, logger, options.SendDelays);
        await using var pools = new PoolDirectory(grains);
        await using ControllerObservation observation = await ControllerObservation.StartAsync(
            options, pools, proxies, decisions, store.Epoch, time, logger, ct).ConfigureAwait(false);
        proxies.TakeSlices = observation.TakeSlices;

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var owners = new OwnerCalls(pools, channel, time);
        var killSwitch = new KillSwitch(store.Documents, pools, time);
        var admin = new AdminGrpcService(
            pools,
            proxies,
            decisions,
            store.Operations,
            new FleetSnapshots(pools, proxies, time, stopping.Token),
            new AdminWrites(store.Operations, new RequestMemory(store.Documents, time), time),
            killSwitch,
            owners);

        // The address is taken before anything acts on the fleet: a second controller by mistake changes nothing.
        ListenAddress.TryParse(options.Listen, out ListenAddress listen);
        await using GrpcServer server = await GrpcServer.StartAsync(
            listen,
            s => s.AddSingleton(admin),
            app => app.MapGrpcService<AdminGrpcService>(),
            ct,
            options.Tls).ConfigureAwait(false);
        await StartProxiesAsync(proxies, ct).ConfigureAwait(false);
        await using IPoolOwnership owner = await store.JoinAsync(
            pools, proxies, grains, options.AddressForPeers(server.Address), ct).ConfigureAwait(false);
        await killSwitch.EnforceAsync(ct).ConfigureAwait(false);
        Started(logger, server.Address, store.Place);
        observation.Ready();
        await using PageServer page = await StartPageAsync(options, pools, proxies, decisions, observation, store.Documents, time, logger, ct)
            .ConfigureAwait(false);
        ready?.Invoke(server.Address);
        Task ended = await Task.WhenAny(
            owner.Fatal, Task.Delay(Timeout.InfiniteTimeSpan, time, ct)).ConfigureAwait(false);
        Stopping(logger);
        observation.Stopping();
        if (ended == owner.Fatal)
        {
            throw new StartupException(await owner.Fatal.ConfigureAwait(false));
        }
    }

    private static Task<PageServer> StartPageAsync(
        ControllerOptions options,
        PoolDirectory pools,
        ProxySet proxies,
        CountedDecisions decisions,
        ControllerObservation observation,
        IDocumentStore store,
        TimeProvider time,
        ILogger logger,
        CancellationToken ct)
    {
        var history = new FleetHistory(observation.Sampler, time);
        observation.Sampler.Looked += history.Take;
        var forecasts = new NodeForecasts(store, time);
        return PageServer.StartAsync(
            options.Page,
            guard => new PageData(pools, proxies, decisions, observation.Promises, history, forecasts, guard.ActionsPossible, time),
            new PageActions(pools, logger),
            time,
            logger,
            ct);
    }

    private static async Task StartProxiesAsync(ProxySet proxies, CancellationToken ct)
    {
        try
        {
            await proxies.ReconcileAsync(ct).ConfigureAwait(false);
        }
        catch (Exception unusable) when (unusable is DocumentException or StoreUnavailableException)
        {
            throw new StartupException(unusable.Message, unusable);
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "controller: listening on {Address}, data in {Place}")]
    private static partial void Started(ILogger logger, string address, string place);

    [LoggerMessage(2009, LogLevel.Information, "controller: stopping; proxies and nodes go on as they are")]
    private static partial void Stopping(ILogger logger);
}
