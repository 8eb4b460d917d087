using System.Collections.Immutable;
using System.Net;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Fleet.Proxy.Control;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Handover;
using Fleet.Proxy.Metrics;
using Fleet.Proxy.Native;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tls;
using Fleet.Proxy.Yarp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;

namespace Fleet.Proxy;

/// <summary>A running proxy: started whole or not at all, stopped by disposing.</summary>
public sealed partial class ProxyHost : IAsyncDisposable
{
    private static readonly TimeSpan LoopsStuckAfter = TimeSpan.FromSeconds(5);

    private readonly ProxyOptions _options;
    private readonly ILogger _logger;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TelemetryHub _telemetry;
    private readonly ServiceMeter _meter = new("proxy");
    private readonly TimeProvider _time;
    private ServiceLife? _life;
    private GrpcServer? _control;
    private Task _background = Task.CompletedTask;

    private ProxyHost(ProxyOptions options, Predecessor? before, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, Before, _time) = (options, before, time);
        _logger = loggers.CreateLogger<ProxyHost>();
        var stateFile = options.StateFile is null ? null : new StateFile(options.StateFile);
        Restored = before is null
            ? stateFile?.Read() ?? []
            : [.. before.Pools.Where(p => p.Epoch > 0 || stateFile is not null)];
        Engine = new ProxyEngine(options.Loops, options.Limits(), time, OnNodeChange, () => ProxyLog.OutOfDescriptors(_logger));
        if (before is not null)
        {
            Engine.InheritFrom(before);
        }

        _app = BuildApp(loggers);
        var yarp = new YarpState(
            _app.Services.GetRequiredService<InMemoryConfigProvider>(),
            _app.Services.GetRequiredService<global::Yarp.ReverseProxy.IProxyStateLookup>(),
            _app.Services.GetRequiredService<ConfigAppliedSignal>());
        var identities = new PoolIdentities(Engine, time, _logger);
        Http = new HttpPools(identities, loggers, options, time) { Inherit = before is null ? (_, _) => [] : before.TakeListeners };
        Pools = new PoolManager(Engine, yarp, Http, new SnapshotMaker(options.Loops, time), identities, stateFile, time);
        if (options.OpenPoolsFile() is { } file)
        {
            Reloader = new PoolsReloader(file, Pools, Reloads, time, _logger);
        }

        Delays = new SendDelays(Engine, Pools, time);
        _telemetry = new TelemetryHub(Engine, Http, options.TelemetryInterval, time, _logger);
        Health = new HealthMonitor(Pools, yarp, _app.Services.GetRequiredService<IDestinationHealthUpdater>(), options, time);
    }

    /// <summary>Where clients connect, by pool id; ports are the ones that were bound.</summary>
    public IReadOnlyDictionary<string, IPEndPoint> Listening =>
        Pools.Pools.Where(p => p.Listen.Length > 0).ToImmutableDictionary(p => p.PoolId, p => IPEndPoint.Parse(p.Listen));

    /// <summary>The control service's address as a client dials it; null without one.</summary>
    public string? ControlAddress => _control?.Address;

    /// <summary>Where /metrics, /healthz and /readyz answer; null when nowhere.</summary>
    public string? OperationsAddress => _life?.Address;

    internal ProxyEngine Engine { get; }

    internal TelemetryHub Telemetry => _telemetry;

    internal PoolManager Pools { get; }

    internal SendDelays Delays { get; }

    internal ReloadCounts Reloads { get; } = new();

    internal PoolsReloader? Reloader { get; }

    private HttpPools Http { get; }

    private HealthMonitor? Health { get; }

    private IReadOnlyList<PoolRecord> Restored { get; }

    /// <summary>Starts a proxy; when this returns, clients can connect.</summary>
    /// <exception cref="StartupException">It cannot start as asked; nothing is left running.</exception>
    public static async Task<ProxyHost> StartAsync(
        ProxyOptions options, ILoggerFactory loggers, TimeProvider time, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartupException.ThrowIfAny(options.Validate());
        Successor.Prepare();
        var host = new ProxyHost(options, Predecessor.Find(), loggers, time);
        try
        {
            await host.StartAsync(cancel).ConfigureAwait(false);
            return host;
        }
        catch (PoolRefusedException e)
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw new StartupException(e.Problems);
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a proxy, tells where it listens, and runs until cancelled; then lets what is in flight finish.</summary>
    /// <exception cref="StartupException">It cannot start as asked; nothing is left running.</exception>
    public static async Task RunAsync(
        ProxyOptions options, ILoggerFactory loggers, TextWriter output, TimeProvider time, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(output);

        // Before anybody is told that the proxy is ready: unhandled, the signal would end it.
        var asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var signal = PosixSignalRegistration.Create(UserSignal2, context =>
        {
            context.Cancel = true;
            asked.Writer.TryWrite(true);
        });
        await using ProxyHost host = await StartAsync(options, loggers, time, cancel).ConfigureAwait(false);
        foreach ((string pool, IPEndPoint endpoint) in host.Listening)
        {
            await output.WriteLineAsync($"pool {pool} listens on {endpoint}").ConfigureAwait(false);
        }

        if (host.ControlAddress is not null)
        {
            await output.WriteLineAsync($"control listens on {host.ControlAddress}").ConfigureAwait(false);
        }

        await host.RunUntilAsync(asked.Reader, cancel).ConfigureAwait(false);
    }

    private async Task RunUntilAsync(ChannelReader<bool> asked, CancellationToken cancel)
    {
        try
        {
            do
            {
                await asked.ReadAsync(cancel).ConfigureAwait(false);
            }
            while (!await HandOverAsync(cancel).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Told to stop.
        }
    }

    /// <summary>Stops accepting, lets what is in flight finish within the stop timeout, closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_handedOver)
        {
            ProxyLog.Stopping(_logger, Engine.Connections);
            _life?.Stopping();
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _background.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_control is not null)
        {
            await _control.DisposeAsync().ConfigureAwait(false);
        }

        await Task.WhenAll(Http.DisposeAsync().AsTask(), Engine.StopAsync(_options.StopTimeout)).ConfigureAwait(false);
        await Engine.DisposeAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        Delays.Dispose();
        Pools.Dispose();
        Before?.Dispose();
        if (_life is not null)
        {
            await _life.DisposeAsync().ConfigureAwait(false);
        }

        _meter.Dispose();
        _stopping.Dispose();
    }

    private async Task StartAsync(CancellationToken cancel)
    {
        ProxyMetrics.AddTo(_meter, Engine, _telemetry.Totals, Pools, Reloads);
        _life = await ServiceLife.StartAsync(_options.Operations, _meter, _time, _logger, cancel, Before is not null).ConfigureAwait(false);
        var loops = new LoopProgress(LoopsStuckAfter + _options.TelemetryInterval, _time);
        _telemetry.Totals.Sliced = loops.Beat;
        _life.Health.AddLiveness("event loops", loops.Problem);
        _life.Health.AddReadiness("pools", () => Pools.Pools.Any(p => p.Nodes.Length > 0) ? null : "no pool with a node is configured yet");
        // A pools file speaks for itself; what a controller had said about its pools comes from the state file.
        foreach (PoolRecord record in Restored.Where(r => Reloader is null || r.Epoch > 0))
        {
            await ConfigureAsync(record.Definition, record.Epoch, cancel).ConfigureAwait(false);
        }

        if (_options.FirstPool() is { } first && Restored.All(r => r.Definition.PoolId != first.PoolId))
        {
            await ConfigureAsync(first, 0, cancel).ConfigureAwait(false);
            NodeDelay[] delays = [.. first.Nodes.Select(n => new NodeDelay(n.NodeId, _options.SendDelay))];
            await Delays.SetAsync(first.PoolId, delays, TimeSpan.MaxValue, epoch: 0).ConfigureAwait(false);
        }

        if (Reloader is not null)
        {
            await Reloader.StartAsync(cancel).ConfigureAwait(false);
        }

        _background = Task.WhenAll(
            Health!.RunAsync(_stopping.Token),
            _telemetry.RunAsync(_stopping.Token),
            CompilerThreads.RunAsync(_time, _stopping.Token),
            Reloader?.RunAsync(_stopping.Token) ?? Task.CompletedTask);
        await OpenControlAsync(cancel).ConfigureAwait(false);
        await TakeOverAsync().ConfigureAwait(false);
        _life.Ready($"serving {Pools.Pools.Count} pools");
    }

    private async Task OpenControlAsync(CancellationToken cancel)
    {
        if (_options.ControlAddress() is { } address)
        {
            _control = await GrpcServer.StartAsync(
                address,
                services => services.AddSingleton(new ProxyControlService(Pools, Delays, Engine, _telemetry)),
                app => app.MapGrpcService<ProxyControlService>(),
                cancel,
                _options.Tls).ConfigureAwait(false);
        }
    }

    private async Task ConfigureAsync(PoolDefinition definition, ulong epoch, CancellationToken cancel)
    {
        PoolDefinition served = await Pools.ConfigureAsync(definition, epoch, cancel).ConfigureAwait(false);
        ProxyLog.Serving(_logger, served.PoolId, served.Listen, served.Nodes.Length, served.Revision);
    }

    private void OnNodeChange(NodeChange change)
    {
        Health?.Note(change);
        if (change.Connected)
        {
            ProxyLog.NodeConnected(_logger, change.PoolId, change.NodeId);
        }
        else
        {
            ProxyLog.NodeLost(_logger, change.PoolId, change.NodeId, change.Error);
        }
    }

    private static WebApplication BuildApp(ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<ConfigAppliedSignal>();
        builder.Services.AddSingleton<IConfigChangeListener>(s => s.GetRequiredService<ConfigAppliedSignal>());
        builder.Services.AddSingleton<IAvailableDestinationsPolicy, CappedEjection>();
        builder.Services.AddReverseProxy().LoadFromMemory([], []);
        WebApplication app = builder.Build();

        // YARP loads nothing before its endpoints are mapped.
        app.MapReverseProxy();
        return app;
    }
}
