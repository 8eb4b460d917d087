using System.Buffers;
using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Listening;
using Fleet.Hosting.Logging;
using Fleet.Hosting.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Operations;

/// <summary>What operators and their tools read over HTTP/1.1: /metrics, /healthz (alive), /readyz (can work). Nothing can be changed.</summary>
public sealed partial class OperationsServer : IAsyncDisposable
{
    private readonly WebApplication? _app;
    private readonly MetricsCollector? _collector;

    private OperationsServer(WebApplication? app, MetricsCollector? collector, string? address) =>
        (_app, _collector, Address) = (app, collector, address);

    /// <summary>http://ADDRESS:PORT; null when there is no listener.</summary>
    public string? Address { get; }

    /// <summary>Starts listening.</summary>
    /// <param name="options">Where.</param>
    /// <param name="meter">The service's instruments; the process's own are added.</param>
    /// <param name="health">The service's health.</param>
    /// <param name="time">Clock.</param>
    /// <param name="logger">Says when an address that was not asked for is taken.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="takesOver">The address may still be in use by the process that this one takes over from.</param>
    /// <exception cref="StartupException">The address cannot be taken and was asked for.</exception>
    public static async Task<OperationsServer> StartAsync(
        OperationsOptions options,
        ServiceMeter meter,
        ServiceHealth health,
        TimeProvider time,
        ILogger logger,
        CancellationToken ct,
        bool takesOver = false)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(health);
        ProcessMetrics.AddTo(meter, () => health.ReadinessProblems().Count == 0, time);
        if (!options.Enabled)
        {
            return new(null, null, null);
        }

        ListenAddress.TryParse(options.Listen!, out ListenAddress listen);
        var collector = new MetricsCollector(meter);
        WebApplication app = Build(listen, collector, health, takesOver);
        try
        {
            await app.StartAsync(ct).ConfigureAwait(false);
            string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            return new(app, collector, address);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            collector.Dispose();
            await app.DisposeAsync().ConfigureAwait(false);
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
            _collector!.Dispose();
        }
    }

    private static WebApplication Build(ListenAddress listen, MetricsCollector collector, ServiceHealth health, bool takesOver)
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
        app.MapGet("/metrics", context => WriteMetricsAsync(context, collector));
        app.MapGet("/healthz", context => WriteHealthAsync(context, "alive", health.LivenessProblems()));
        app.MapGet("/readyz", context => WriteHealthAsync(context, "ready", health.ReadinessProblems()));
        return app;
    }

    private static async Task WriteMetricsAsync(HttpContext context, MetricsCollector collector)
    {
        bool open = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.Ordinal);
        var body = new ArrayBufferWriter<byte>(1 << 16);
        new Exposition(body, open).Write(collector.Collect());
        context.Response.ContentType = open ? Exposition.OpenMetricsType : Exposition.TextType;
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }

    private static Task WriteHealthAsync(HttpContext context, string good, IReadOnlyList<string> problems)
    {
        context.Response.StatusCode = problems.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(problems.Count == 0 ? good + "\n" : string.Join("\n", problems) + "\n");
    }

    [LoggerMessage(500, LogLevel.Warning, "no metrics: {Address} cannot be taken ({Reason}); choose another with --metrics-listen")]
    private static partial void NoMetrics(ILogger logger, string address, string reason);
}
