using System.Net.Sockets;
using Fleet.Hosting.Errors;
using Fleet.Hosting.Logging;
using Fleet.Hosting.Operations;
using Fleet.Hosting.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Fleet.Hosting.Listening;

/// <summary>
/// A gRPC server (HTTP/2) of one Fleet service on one address, with the standard health and reflection services, roles and limits: mutual TLS
/// with an identity, plain text without one, and then on this host only.
/// </summary>
public sealed class GrpcServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly CallGuard _guard;

    private GrpcServer(WebApplication app, CallGuard guard, string address) => (_app, _guard, Address) = (app, guard, address);

    /// <summary>
    /// Where the server listens, as a client dials it: http://ADDRESS:PORT, https://ADDRESS:PORT or unix:/PATH. Port 0 is replaced by the port
    /// chosen.
    /// </summary>
    public string Address { get; }

    /// <summary>Starts listening.</summary>
    /// <param name="listen">Where.</param>
    /// <param name="services">Adds what the gRPC services need.</param>
    /// <param name="map">Maps the gRPC services.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="tls">Certificate files; null: plain text, which is refused where other hosts could reach it. A socket file never
    /// needs them: its permissions say who may open it.</param>
    /// <param name="limits">What callers may do at most; null: defaults.</param>
    /// <param name="guest">Operations pages that this server answers on a port of their own.</param>
    /// <exception cref="StartupException">The address is taken, not of this host, or needs TLS; or the files are unusable.</exception>
    public static async Task<GrpcServer> StartAsync(
        ListenAddress listen,
        Action<IServiceCollection> services,
        Action<WebApplication> map,
        CancellationToken ct,
        TlsFiles? tls = null,
        CallLimits? limits = null,
        OperationsGuest? guest = null)
    {
        StartupException.ThrowIfAny([.. new[] { ListenAddress.Problem(listen.ToString(), tls is not null) }.OfType<string>()]);
        CallLimits most = limits ?? new CallLimits();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = HostArguments.NoFiles });
        ServiceLogging.Configure(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = most.MessageBytes);
        builder.Services.AddGrpcHealth();
        services(builder.Services);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = most.Connections;
            if (listen.SocketPath is { } path)
            {
                RemoveStaleSocket(path);
                kestrel.ListenUnixSocket(path, o => o.Protocols = HttpProtocols.Http2);
            }
            else
            {
                kestrel.Listen(listen.EndPoint!, o => UseHttp2(o, tls));
            }

            guest?.Listen(kestrel);
        });
        WebApplication app = builder.Build();
        var guard = new CallGuard(most, LoggerOf(app.Services));
        if (guest is not null)
        {
            app.Use(guest.Before);
        }

        app.Use(next => http => guard.RunAsync(http, next));
        map(app);
        app.MapGrpcHealthService();
        app.MapGrpcReflectionService();
        try
        {
            await app.StartAsync(ct).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw new StartupException(
                $"cannot listen on {listen}: {Reason(failure)}; stop what listens there or choose another address", failure);
        }

        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new GrpcServer(app, guard, listen.SocketPath is null ? bound : listen.ToString());
    }

    /// <summary>Takes no new calls, waits for those in progress (at most 5 s) and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
        await _guard.DisposeAsync().ConfigureAwait(false);
    }

    private static void UseHttp2(ListenOptions listen, TlsFiles? files)
    {
        listen.Protocols = HttpProtocols.Http2;
        if (files is not null)
        {
            listen.UseHttps(TlsIdentity.Load(files, TimeProvider.System, LoggerOf(listen.ApplicationServices)).ForServer());
        }
    }

    private static ILogger LoggerOf(IServiceProvider services) =>
        services.GetRequiredService<ILoggerFactory>().CreateLogger("Fleet.Hosting.Security");

    private static string Reason(Exception failure) =>
        (failure.InnerException?.InnerException ?? failure.InnerException ?? failure) is SocketException socket
            ? socket.SocketErrorCode == SocketError.AddressAlreadyInUse ? "the address is in use" : socket.Message
            : failure.Message.TrimEnd('.');

    // A socket file that nobody answers is left over from a crash.
    private static void RemoveStaleSocket(string path)
    {
        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }

        throw new IOException("another process listens there");
    }

    /// <summary>The process's signals belong to the command line, not to a server inside it.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
