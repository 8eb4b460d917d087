using Fleet.Controller.Admin;
using Fleet.Controller.Audit;
using Fleet.Controller.Cluster;
using Fleet.Controller.Grains;
using Fleet.Controller.Metrics;
using Fleet.Controller.Storage;
using Fleet.Controller.Wire;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller;

/// <summary>One controller: grains over the file store, the admin API in front.</summary>
public static partial class ControllerHost
{
    /// <summary>Runs until cancelled; then saves and stops. Proxies and nodes go on as they are.</summary>
    /// <param name="options">Options; all problems are reported together.</param>
    /// <param name="time">Clock and timers.</param>
    /// <param name="ready">Told the address to dial once the admin API answers; may be null.</param>
    /// <param name="ct">Stops the controller.</param>
    /// <exception cref="StartupException">Bad options, a taken address, or an unusable data directory; nothing runs then.</exception>
    public static async Task RunAsync(ControllerOptions options, TimeProvider time, Action<string>? ready, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartupException.ThrowIfAny(options.Validate());
        using ILoggerFactory logs = ServiceLogging.CreateFactory();
        ILogger logger = logs.CreateLogger("Fleet.Controller");
        using DataDirectoryLock held = DataDirectoryLock.Take(options.DataDirectory);
        var store = new FileStore(options.DataDirectory);
        ulong epoch = await NextEpochAsync(store, ct).ConfigureAwait(false);

        await using var proxies = new ProxySet(store, new GrpcProxyPort(time), new ProxyHostContext(epoch, time, logger));
        var decisions = new CountedDecisions(new DecisionLog(Path.Combine(options.DataDirectory, "audit"), logger));
        var grains = new GrainHost(store, new GrpcAgentPort(time), proxies, decisions, PoolControls.Factory(options), time, logger,
            options.SendDelays);
        await using var pools = new PoolDirectory(grains);
        var owner = new SoleOwner(pools, grains, epoch);
        pools.Ownership = owner;
        await using ControllerObservation observation = await ControllerObservation.StartAsync(
            options, pools, proxies, decisions, epoch, time, logger, ct).ConfigureAwait(false);
        proxies.TakeSlices = observation.TakeSlices;

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var killSwitch = new KillSwitch(store, pools, time);
        var operations = new OperationLog(Path.Combine(options.DataDirectory, "operations"), logger);
        var admin = new AdminGrpcService(
            pools,
            proxies,
            decisions,
            operations,
            new FleetSnapshots(pools, proxies, time, stopping.Token),
            new AdminWrites(operations, new RequestMemory(store, time), time),
            killSwitch);

        // The address is taken before anything acts on the fleet: a second controller by mistake changes nothing.
        ListenAddress.TryParse(options.Listen, out ListenAddress listen);
        await using GrpcServer server = await GrpcServer.StartAsync(
            listen,
            s => s.AddSingleton(admin),
            app => app.MapGrpcService<AdminGrpcService>(),
            ct,
            options.Tls).ConfigureAwait(false);
        await StartProxiesAsync(proxies, ct).ConfigureAwait(false);
        StartupException.ThrowIfAny(await owner.StartAsync(ct).ConfigureAwait(false));
        await killSwitch.EnforceAsync(ct).ConfigureAwait(false);
        Started(logger, server.Address, options.DataDirectory, epoch);
        observation.Ready();
        ready?.Invoke(server.Address);
        await Task.Delay(Timeout.InfiniteTimeSpan, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Stopping(logger);
        observation.Stopping();
    }

    private static async Task StartProxiesAsync(ProxySet proxies, CancellationToken ct)
    {
        try
        {
            await proxies.ReconcileAsync(ct).ConfigureAwait(false);
        }
        catch (DocumentException unusable)
        {
            throw new StartupException(unusable.Message, unusable);
        }
    }

    private static async Task<ulong> NextEpochAsync(FileStore store, CancellationToken ct)
    {
        var state = new PersistentState<EpochDocument>(store, new DocumentKey(DocumentKinds.Controller, "epoch"));
        try
        {
            await state.ReadAsync(ct).ConfigureAwait(false);
            await state.WriteAsync(new EpochDocument((state.Value?.Epoch ?? 0) + 1), ct).ConfigureAwait(false);
            return state.Value!.Epoch;
        }
        catch (Exception failure) when (failure is DocumentException or IOException or UnauthorizedAccessException)
        {
            throw new StartupException(failure.Message, failure);
        }
    }

    [LoggerMessage(2000, LogLevel.Information, "controller: listening on {Address}, data in {Directory}, epoch {Epoch}")]
    private static partial void Started(ILogger logger, string address, string directory, ulong epoch);

    [LoggerMessage(2009, LogLevel.Information, "controller: stopping; proxies and nodes go on as they are")]
    private static partial void Stopping(ILogger logger);
}
