using System.Collections.Immutable;
using System.Globalization;
using System.Net.Security;
using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Pools;
using Fleet.Proxy.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>One HTTP pool: Kestrel in front, YARP behind, one route for everything, servers picked by <see cref="WeightedChoice"/>.</summary>
internal sealed class HttpFront
{
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1);
    private readonly WebApplication _app;
    private readonly ProxyOptions _options;
    private readonly HttpDrain _drain;
    private readonly HttpTraffic _traffic;
    private readonly HttpIdentities _identities;

    private HttpFront(
        WebApplication app, ProxyOptions options, HttpListener listener, HttpDrain drain, HttpTraffic traffic, HttpIdentities identities) =>
        (_app, _options, Listener, _drain, _traffic, _identities) = (app, options, listener, drain, traffic, identities);

    /// <summary>Where its clients connect; accepts nobody until it is told to begin.</summary>
    public HttpListener Listener { get; }

    public static async Task<HttpFront> StartAsync(
        PoolDefinition pool,
        PublishedPool published,
        HttpListener listener,
        HttpIdentities identities,
        ILoggerFactory loggers,
        ProxyOptions options,
        TimeProvider time,
        CancellationToken cancel)
    {
        var drain = new HttpDrain(published, time);
        var traffic = new HttpTraffic(pool.PoolId, time);
        identities.Know(pool);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<ILoadBalancingPolicy, WeightedChoice>();
        builder.Services.AddSingleton<IAvailableDestinationsPolicy, CappedEjection>();
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(new ServerClients(traffic, identities));
        builder.Services.AddReverseProxy().LoadFromMemory([Route(pool)], [Cluster(pool, options)]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = options.MaxConnections;

            // A body passes through and is never held: how large one may be is the servers' to say.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(listener.Bound, port => Configure(port, drain, identities));
        });

        // Kestrel asks the transport that was added last.
        builder.Services.AddSingleton<IConnectionListenerFactory>(listener);
        WebApplication app = builder.Build();
        app.Use(next => context => drain.AnswerAsync(context, next));
        app.Use(next => context => traffic.CountAsync(context, next));
        app.MapReverseProxy();
        try
        {
            await app.StartAsync(cancel).ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var front = new HttpFront(app, options, listener, drain, traffic, identities);
        front.Know(pool);
        return front;
    }

    /// <summary>Puts servers, weights and rules in force.</summary>
    public void Apply(PoolDefinition pool)
    {
        _identities.Know(pool);
        _app.Services.GetRequiredService<InMemoryConfigProvider>().Update([Route(pool)], [Cluster(pool, _options)]);
        Know(pool);
    }

    /// <summary>What was counted of each server since the last call. One caller at a time.</summary>
    public IReadOnlyList<NodeReport> Collect() =>
        _app.Services.GetRequiredService<IProxyStateLookup>().TryGetCluster(_traffic.PoolId, out ClusterState? cluster)
            ? [.. _traffic.Collect(cluster)] : [];

    /// <summary>Accepts nobody any more, answers what comes on the connections that are there, and ends.</summary>
    /// <param name="patience">Longest wait for clients.</param>
    /// <param name="handedOver">Another process accepts now; nobody waits for this one's end, so clients that ask nothing keep their time.</param>
    public async Task StopAsync(TimeSpan patience, bool handedOver)
    {
        Listener.Stop(shared: handedOver);
        await _drain.RunAsync(patience, handedOver ? patience : QuietTime).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(patience);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private static void Configure(ListenOptions port, HttpDrain drain, HttpIdentities identities)
    {
        port.Use(drain.Watch);
        if (identities.Clients is not null)
        {
            port.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TlsFront.HandshakeLimit,
                OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(identities.Clients!.ForStream()),
            });
        }
    }

    private void Know(PoolDefinition pool) => _traffic.Know(pool.Nodes.Select(n => (n.NodeId, new Uri(Address(pool, n)))));

    private static string Address(PoolDefinition pool, RouteNode node) => $"{(pool.ServerTls is null ? "http" : "https")}://{node.Address}/";

    private static RouteConfig Route(PoolDefinition pool) => new()
    {
        RouteId = pool.PoolId,
        ClusterId = pool.PoolId,
        Match = new RouteMatch { Path = "/{**everything}" },
    };

    private static ClusterConfig Cluster(PoolDefinition pool, ProxyOptions options) => new()
    {
        ClusterId = pool.PoolId,
        LoadBalancingPolicy = WeightedChoice.PolicyName,
        Metadata = new Dictionary<string, string>
        {
            [CappedEjection.CapKey] = Text(pool.Health.MaxEjectedPercent),
            [WeightedChoice.SlowStartKey] = Text(pool.Health.SlowStartSeconds),
            [ConsecutiveFailuresHealthPolicyOptions.ThresholdMetadataName] = Text(pool.Health.Failures),
        },
        HealthCheck = new HealthCheckConfig
        {
            AvailableDestinationsPolicy = CappedEjection.PolicyName,
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true,
                Interval = options.ProbeInterval,
                Timeout = options.RequestTimeout,
                Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures,
                Path = pool.Health.Path,
            },
            Passive = new PassiveHealthCheckConfig
            {
                Enabled = true,
                Policy = HealthCheckConstants.PassivePolicy.TransportFailureRate,
                ReactivationPeriod = TimeSpan.FromSeconds(pool.Health.EjectSeconds),
            },
        },
        Destinations = pool.Nodes.ToImmutableDictionary(n => n.NodeId, n => new DestinationConfig
        {
            Address = Address(pool, n),
            Metadata = new Dictionary<string, string> { [WeightedChoice.WeightKey] = Text(n.Weight) },
        }),
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The process's signals belong to the command, not to a pool's server.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
