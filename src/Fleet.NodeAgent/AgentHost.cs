using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Logging;
using Fleet.NodeAgent.Host;
using Fleet.Hosting.Metrics;
using Fleet.Hosting.Operations;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Metrics;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Service;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.NodeAgent;

/// <summary>Runs the node agent. Every method works in the network namespace of the calling process.</summary>
public static class AgentHost
{
    /// <summary>Twice a second: the kill switch is honoured within one, and an idle host is woken as rarely as that allows.</summary>
    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StuckAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Serves until cancelled, then restores the host's originals. A journal that an earlier run left is replayed before anything else.
    /// </summary>
    /// <param name="options">What to listen on, tune and measure.</param>
    /// <param name="time">Clock of leases, sensors and verification.</param>
    /// <param name="ct">Ends the agent.</param>
    /// <param name="listening">Called with the address, as a client dials it, once the agent answers.</param>
    /// <exception cref="StartupException">Options are illegal, the device is missing, or the address is taken; nothing was
    /// changed.</exception>
    public static async Task RunAsync(AgentOptions options, TimeProvider time, CancellationToken ct, Action<string>? listening = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        using ILoggerFactory loggers = ServiceLogging.CreateFactory();
        ILogger logger = loggers.CreateLogger("Fleet.NodeAgent");
        using AgentNode node = AgentNode.Create(options, time, logger);
        ListenAddress address = Prepare(options.Listen);

        // The guard of an agent that just died may still be restoring.
        using JournalLock owned = JournalLock.Take(options.EffectiveJournalPath, LockPatience, time) ?? throw new StartupException(
            $"another agent keeps journal '{options.EffectiveJournalPath}': stop it, or name another device or --journal");
        Recover(node);
        node.ReportPermissions();
        if (node.Bypass is { } bypass)
        {
            AgentLog.Bypassed(logger, bypass);
        }

        WarmUp.Run(node, time);
        node.Sensors.StartCalibration();
        using var meter = new ServiceMeter("agent");
        AgentMetrics.AddTo(meter, node, time);
        await using ServiceLife life = await ServiceLife.StartAsync(options.Operations, meter, time, logger, ct, asGuest: true);
        var watch = new LoopProgress(StuckAfter, time);
        life.Health.AddLiveness("watch over the knobs", watch.Problem);
        life.Health.AddReadiness("knobs", () => node.Authority.Yielded ? ForeignWriters.Advice : null);
        using CrashGuard guard = CrashGuard.Start(options.RestoreCommand, logger);
        try
        {
            await using GrpcServer server = await GrpcServer.StartAsync(
                address,
                services => services.AddSingleton(new AgentGrpcService(node, time, ct)).Configure<SocketTransportOptions>(Thrifty),
                app => app.MapGrpcService<AgentGrpcService>(),
                ct,
                options.Tls,
                guest: life.Guest);
            AgentLog.Listening(logger, options.Name, options.Device, server.Address);
            listening?.Invoke(server.Address);
            life.Ready($"tuning {options.Device}");
            await WatchAsync(node, watch, time, ct);
            life.Stopping();
        }
        finally
        {
            if (node.Authority.Restore())
            {
                guard.Dismiss();
            }
        }
    }

    /// <summary>
    /// What the host has. Changes and starts nothing. Without a device the one of the default route is described.
    /// </summary>
    /// <exception cref="StartupException">Options are illegal or the device is missing.</exception>
    public static AgentDescription Describe(AgentOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        using ILoggerFactory loggers = ServiceLogging.CreateFactory();
        AgentOptions named = options.Device.Length > 0 ? options : options with { Device = DefaultRoute.Device(options.ProcfsRoot) };
        using AgentNode node = AgentNode.Create(named, time, loggers.CreateLogger("Fleet.NodeAgent"));
        return AgentDescription.Of(node);
    }

    /// <summary>
    /// Replays the journal of an agent that died, without starting one. True when there was a journal; false when the host had
    /// nothing to restore, or an agent runs, which has its own way back. When the device is gone its values are gone with it, and the
    /// journal is deleted.
    /// </summary>
    /// <exception cref="StartupException">Options are illegal, the journal is damaged, or the host refused.</exception>
    public static bool Restore(AgentOptions options, TimeProvider time) => Restore(options, time, LockPatience);

    /// <summary>The same, with the time that an agent which lives is waited for.</summary>
    internal static bool Restore(AgentOptions options, TimeProvider time, TimeSpan patience)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartupException.ThrowIfAny(options.Validate());
        var journal = new Journal(options.EffectiveJournalPath);
        if (journal.Read() is null)
        {
            return false;
        }

        using JournalLock? owned = JournalLock.Take(options.EffectiveJournalPath, patience, time);
        if (owned is null || journal.Read() is null)
        {
            // An agent that lives has replayed it, or the guard of a dead one has.
            return false;
        }

        using ILoggerFactory loggers = ServiceLogging.CreateFactory();
        using AgentNode node = AgentNode.Create(options, time, loggers.CreateLogger("Fleet.NodeAgent"), needsDevice: false);
        Recover(node);
        return true;
    }

    private static async Task WatchAsync(AgentNode node, LoopProgress watch, TimeProvider time, CancellationToken ct)
    {
        var trim = new MemoryTrim(time);
        long verified = time.GetTimestamp();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration told = ct.Register(() => ended.TrySetResult());
        using IDisposable beat = node.Pulse.Every(TickInterval, () =>
        {
            try
            {
                Tick();
            }
            catch (Exception e)
            {
                // What the watch cannot do ends the agent, and the host goes back.
                ended.TrySetException(e);
            }
        });
        await ended.Task;

        void Tick()
        {
            watch.Beat();
            node.Authority.Tick();
            trim.Tick();
            if (time.GetElapsedTime(verified) >= node.Options.VerifyInterval)
            {
                verified = time.GetTimestamp();
                node.Authority.Verify();
            }
        }
    }

    /// <summary>A reading is written by the thread that made it: each hand-over to another thread would be a wake-up of its own.</summary>
    private static void Thrifty(SocketTransportOptions transport)
    {
        transport.UnsafePreferInlineScheduling = true;
        transport.IOQueueCount = 1;
    }

    private static void Recover(AgentNode node)
    {
        try
        {
            node.Authority.Recover();
        }
        catch (KnobException e)
        {
            throw new StartupException($"journal '{node.Options.EffectiveJournalPath}' cannot be replayed: {e.Message}", e);
        }
    }

    private static ListenAddress Prepare(string listen)
    {
        // Validated already; a socket's folder is made here so that a fresh /run needs no preparation.
        _ = ListenAddress.TryParse(listen, out ListenAddress address);
        if (address.SocketPath is { } path)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        }

        return address;
    }
}
