using System.Net;
using System.Net.Sockets;
using Fleet.Controller.Grains;
using Fleet.Controller.Storage;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Logging;
using Fleet.Hosting.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Controller.Dashboard;

/// <summary>Serves the page: its files, its data once or as a stream, and the operator's actions.</summary>
internal sealed partial class PageServer : IAsyncDisposable
{
    private readonly WebApplication? _app;
    private readonly CancellationTokenSource _stopping = new();

    private PageServer(WebApplication? app, CancellationTokenSource stopping, string? address) =>
        (_app, _stopping, Address) = (app, stopping, address);

    /// <summary>http://ADDRESS:PORT; null when there is no page.</summary>
    public string? Address { get; }

    /// <summary>Starts serving.</summary>
    /// <exception cref="StartupException">The address cannot be taken and was asked for.</exception>
    public static async Task<PageServer> StartAsync(
        PageOptions options, Func<PageGuard, PageData> data, PageActions actions, TimeProvider time, ILogger logger, CancellationToken ct)
    {
        var stopping = new CancellationTokenSource();
        if (!options.Enabled)
        {
            return new(null, stopping, null);
        }

        var guard = new PageGuard(options.EndPoint()!, options.TryReadToken(out _));
        WebApplication app = Build(options.EndPoint()!, guard, data(guard), actions, time, stopping.Token);
        try
        {
            await app.StartAsync(ct).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            string reason = (failure.InnerException?.InnerException ?? failure.InnerException ?? failure).Message.TrimEnd('.');
            if (options.Required)
            {
                throw new StartupException($"cannot listen on {options.Listen} for the page: {reason}; choose another --page-listen", failure);
            }

            NoPage(logger, options.Listen!, reason);
            return new(null, stopping, null);
        }

        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Serving(logger, address, guard.ActionsPossible ? "an operator with the token may act" : "it only shows");
        return new(app, stopping, address);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_app is not null)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _app.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _app.DisposeAsync().ConfigureAwait(false);
        }

        _stopping.Dispose();
    }

    private static WebApplication Build(
        IPEndPoint endpoint, PageGuard guard, PageData data, PageActions actions, TimeProvider time, CancellationToken stopping)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        ServiceLogging.Configure(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 256;
            kestrel.Limits.MaxRequestBodySize = 4096;
            kestrel.Listen(endpoint, o => o.Protocols = HttpProtocols.Http1);
        });
        WebApplication app = builder.Build();
        app.Use((context, next) => guard.InvokeAsync(context, next));
        foreach ((string path, (byte[] content, string type)) in PageAssets.All)
        {
            app.MapGet(path, context =>
            {
                context.Response.ContentType = type;
                return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
            });
        }

        MapViews(app, data, time, stopping);
        MapActions(app, actions);
        return app;
    }

    private static void MapViews(WebApplication app, PageData data, TimeProvider time, CancellationToken stopping)
    {
        void View(string path, Func<HttpContext, CancellationToken, Task<object?>> view)
        {
            app.MapGet("/api/" + path, async context =>
            {
                object? now = await view(context, context.RequestAborted).ConfigureAwait(false);
                await Answer(context, now is null ? 404 : 200, now ?? new PageProblem("there is no such pool or node")).ConfigureAwait(false);
            });
            app.MapGet("/stream/" + path, (RequestDelegate)StreamAsync);
            Task StreamAsync(HttpContext context) => PageStream.RunAsync(context, ct => view(context, ct), time, stopping);
        }

        View("fleet", (_, _) => Task.FromResult<object?>(data.Fleet()));
        View("pools/{pool}", (c, _) => Task.FromResult<object?>(data.PoolPage(Value(c, "pool"))));
        View("pools/{pool}/nodes/{node}", async (c, ct) =>
            await data.NodePageAsync(Value(c, "pool"), Value(c, "node"), ct).ConfigureAwait(false));
    }

    private static void MapActions(WebApplication app, PageActions actions)
    {
        void Action<T>(string path, Func<HttpContext, T, CancellationToken, Task> act) => app.MapPost("/api/" + path, async context =>
        {
            try
            {
                T request = await context.Request.ReadFromJsonAsync<T>(PageJson.Options, context.RequestAborted).ConfigureAwait(false)
                    ?? throw new System.Text.Json.JsonException("the body is empty");
                await act(context, request, context.RequestAborted).ConfigureAwait(false);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
            catch (Exception refused) when (refused is FleetFault or EtagMismatchException or System.Text.Json.JsonException
                or Microsoft.AspNetCore.Http.BadHttpRequestException or InvalidOperationException)
            {
                int status = refused is FleetFault { Kind: FaultKind.NotFound } ? 404 : refused is EtagMismatchException ? 409 : 400;
                await Answer(context, status, new PageProblem(refused.Message)).ConfigureAwait(false);
            }
        });

        Action<PauseRequest>("pools/{pool}/pause", (c, r, ct) => actions.PauseAsync(Value(c, "pool"), r, ct));
        Action<PromiseRequest>("pools/{pool}/promise", (c, r, ct) => actions.PromiseAsync(Value(c, "pool"), r, ct));
        Action<System.Text.Json.JsonElement>(
            "pools/{pool}/nodes/{node}/drain", (c, _, ct) => actions.DrainAsync(Value(c, "pool"), Value(c, "node"), ct));
    }

    private static string Value(HttpContext context, string name) => (string)context.Request.RouteValues[name]!;

    private static Task Answer(HttpContext context, int status, object body)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(body, body.GetType(), PageJson.Options, context.RequestAborted);
    }

    [LoggerMessage(2091, LogLevel.Information, "page: {Address}; {Rights}")]
    private static partial void Serving(ILogger logger, string address, string rights);

    [LoggerMessage(2092, LogLevel.Warning, "no page: {Address} cannot be taken ({Reason}); choose another with --page-listen")]
    private static partial void NoPage(ILogger logger, string address, string reason);
}
