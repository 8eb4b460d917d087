using Fleet.Grpc.Client;
using Fleet.Grpc.Tests.Protos;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Fleet.Grpc.Tests;

/// <summary>A real Kestrel with the probe service on a loopback port that the kernel chooses, and a channel to it.</summary>
public sealed class ProbeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FleetChannelOptions? _clientOptions;
    private FleetChannel? _channel;

    private ProbeServer(WebApplication app, FleetChannelOptions? clientOptions)
    {
        _app = app;
        _clientOptions = clientOptions;
    }

    public ProbeLog Log => _app.Services.GetRequiredService<ProbeLog>();

    public IServiceProvider Services => _app.Services;

    public string Address { get; private set; } = "";

    public FleetChannel Channel => _channel ??= FleetChannel.ForAddress(Address, _clientOptions);

    public ProbeService.ProbeServiceClient Client => new(Channel);

    public static async Task<ProbeServer> StartAsync(
        Action<GrpcServiceOptions>? options = null,
        FleetChannelOptions? clientOptions = null,
        Action<KestrelServerOptions>? listen = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        string? address = null,
        bool probe = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(listen ?? (kestrel => kestrel.ListenLocalhostHttp2()));
        builder.Services.AddSingleton<ProbeLog>();
        services?.Invoke(builder.Services);
        builder.Services.AddGrpc(options);
        WebApplication app = builder.Build();
        if (probe)
        {
            app.MapGrpcService<ProbeHandler>();
        }

        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new ProbeServer(app, clientOptions) { Address = address ?? bound };
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _channel?.Dispose();
        await _app.DisposeAsync();
    }
}

internal static class KestrelTestExtensions
{
    /// <summary>Listens on a loopback port that the kernel chooses, with HTTP/2 only.</summary>
    public static void ListenLocalhostHttp2(this KestrelServerOptions kestrel, Action<ListenOptions>? configure = null) =>
        kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            configure?.Invoke(listen);
        });
}
