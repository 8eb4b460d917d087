using Fleet.Hosting.Metrics;
using Fleet.Hosting.Otlp;
using Fleet.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Operations;

/// <summary>What a running service shows to the outside beside its work: metrics, health, and word to systemd.</summary>
public sealed class ServiceLife : IAsyncDisposable
{
    private readonly OperationsServer _server;
    private readonly SystemdNotifier _systemd;
    private readonly OtlpExporter? _exporter;

    private ServiceLife(ServiceHealth health, OperationsServer server, SystemdNotifier systemd, OtlpExporter? exporter) =>
        (Health, _server, _systemd, _exporter) = (health, server, systemd, exporter);

    /// <summary>The service's health.</summary>
    public ServiceHealth Health { get; }

    /// <summary>Where /metrics, /healthz and /readyz answer; null when nowhere.</summary>
    public string? Address => _server.Address;

    /// <summary>The pages, for a gRPC server that answers them on a port beside its own; null: no server needs to.</summary>
    public OperationsGuest? Guest => _server.Guest;

    /// <summary>Starts showing; the service is not ready yet.</summary>
    public static async Task<ServiceLife> StartAsync(
        OperationsOptions options,
        ServiceMeter meter,
        TimeProvider time,
        ILogger logger,
        CancellationToken ct,
        bool takesOver = false,
        bool asGuest = false)
    {
        var health = new ServiceHealth();
        OperationsServer server =
            await OperationsServer.StartAsync(options, meter, health, time, logger, ct, takesOver, asGuest).ConfigureAwait(false);
        OtlpExporter? exporter = options.Otlp.Endpoint is null ? null : new OtlpExporter(options.Otlp, meter, time, logger);
        return new ServiceLife(health, server, new SystemdNotifier(Environment.GetEnvironmentVariable, health, time), exporter);
    }

    /// <summary>The service works.</summary>
    public void Ready(string status)
    {
        Health.Started();
        _systemd.Ready(status);
    }

    /// <summary>The service takes nothing new.</summary>
    public void Stopping()
    {
        Health.Stopping();
        _systemd.Stopping();
    }

    /// <summary>Another process is the service now; this one only ends.</summary>
    public void HandedOver(int pid)
    {
        Health.Stopping();
        _systemd.HandedOver(pid);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _systemd.DisposeAsync().ConfigureAwait(false);
        if (_exporter is not null)
        {
            await _exporter.DisposeAsync().ConfigureAwait(false);
        }

        await _server.DisposeAsync().ConfigureAwait(false);
    }
}
