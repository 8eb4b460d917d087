using Fleet.Hosting.Metrics;
using Fleet.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Operations;

/// <summary>What a running service shows to the outside beside its work: metrics, health, and word to systemd.</summary>
public sealed class ServiceLife : IAsyncDisposable
{
    private readonly OperationsServer _server;
    private readonly SystemdNotifier _systemd;

    private ServiceLife(ServiceHealth health, OperationsServer server, SystemdNotifier systemd) =>
        (Health, _server, _systemd) = (health, server, systemd);

    /// <summary>The service's health.</summary>
    public ServiceHealth Health { get; }

    /// <summary>Where /metrics, /healthz and /readyz answer; null when nowhere.</summary>
    public string? Address => _server.Address;

    /// <summary>Starts showing; the service is not ready yet.</summary>
    public static async Task<ServiceLife> StartAsync(
        OperationsOptions options, ServiceMeter meter, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var health = new ServiceHealth();
        OperationsServer server = await OperationsServer.StartAsync(options, meter, health, time, logger, ct).ConfigureAwait(false);
        return new ServiceLife(health, server, new SystemdNotifier(Environment.GetEnvironmentVariable, health, time));
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

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _systemd.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
    }
}
