using System.Net;
using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Logging;
using Fleet.Hosting.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Operations;

/// <summary>What operators and their tools read over HTTP/1.1: /metrics, /healthz (alive), /readyz (can work). Nothing can be changed.</summary>
public sealed partial class OperationsServer : IAsyncDisposable
{
    private readonly WebApplication? _app;
    private readonly OperationsPages? _pages;

    private OperationsServer(WebApplication? app, OperationsPages? pages, string? address) => (_app, _pages, Address) = (app, pages, address);

    /// <summary>http://ADDRESS:PORT; null when there is no listener.</summary>
    public string? Address { get; }

    /// <summary>For a gRPC server that shows the pages beside its own service; null: nobody needs to.</summary>
    public OperationsGuest? Guest { get; private init; }

    /// <summary>Starts listening.</summary>
    /// <param name="options">Where.</param>
    /// <param name="meter">The service's instruments; the process's own are added.</param>
    /// <param name="health">The service's health.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Says when an address that was not asked for is taken.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="takesOver">The address may still be in use by the process that this one takes over from.</param>
    /// <param name="asGuest">Starts no server: <see cref="Guest"/> is for another one.</param>
    /// <exception cref="StartupException">The address cannot be taken and was asked for.</exception>
    public static async Task<OperationsServer> StartAsync(
        OperationsOptions options,
        ServiceMeter meter,
        ServiceHealth health,
        TimeProvider time,
        ILogger logger,
        CancellationToken ct,
        bool takesOver = false,
        bool asGuest = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(health);
        ProcessMetrics.AddTo(meter, () => health.ReadinessProblems().Count == 0, time);
        if (!options.Enabled)
        {
            return new(null, null, null);
        }

        ListenAddress.TryParse(options.Listen!, out ListenAddress listen);
        var pages = new OperationsPages(meter, health);
        WebApplication? app = null;
        try
        {
            if (asGuest)
            {
                IPEndPoint free = OperationsGuest.Free(listen.EndPoint!);
                return new(null, pages, $"http://{free}") { Guest = new OperationsGuest(free, pages) };
            }

            app = Build(listen, pages, takesOver);
            await app.StartAsync(ct).ConfigureAwait(false);
            string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new(app, pages, address);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            pages.Dispose();
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask).ConfigureAwait(false);
            string reason = (failure.InnerException?.InnerException ?? failure.InnerException ?? failure).Message.TrimEnd('.');
            if (options.Required)
            {
                throw new StartupException($"cannot listen on {listen} for metrics: {reason}; choose another --metrics-listen", failure);
            }

            NoMetrics(logger, options.Listen!, reason);
            return new(null, null, null);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _app.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _app.DisposeAsync().ConfigureAwait(false);
        }

        _pages?.Dispose();
    }

    private static WebApplication Build(ListenAddress listen, OperationsPages pages, bool takesOver)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = HostArguments.NoFiles });
        ServiceLogging.Configure(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.WebHost.UseSharedPorts(takesOver);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 64;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(listen.EndPoint!, o => o.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        app.Run(pages.AnswerAsync);
        return app;
    }

    [LoggerMessage(500, LogLevel.Warning, "no metrics: {Address} cannot be taken ({Reason}); choose another with --metrics-listen")]
    private static partial void NoMetrics(ILogger logger, string address, string reason);
}
