using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Fleet.Hosting.Listening;
using Fleet.Proxy.Pools;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;

namespace Fleet.Proxy.Yarp;

/// <summary>One HTTP pool: Kestrel in front, YARP behind, one route for everything, servers picked by <see cref="WeightedChoice"/>.</summary>
internal sealed class HttpFront
{
    private readonly WebApplication _app;
    private readonly ProxyOptions _options;

    private HttpFront(WebApplication app, ProxyOptions options, IPEndPoint listen) => (_app, _options, Listen) = (app, options, listen);

    public IPEndPoint Listen { get; }

    public static async Task<HttpFront> StartAsync(
        PoolDefinition pool,
        IPEndPoint endpoint,
        ILoggerFactory loggers,
        ProxyOptions options,
        TimeProvider time,
        bool takesOver,
        CancellationToken cancel)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = [] });
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton<ILoadBalancingPolicy, WeightedChoice>();
        builder.Services.AddSingleton<IAvailableDestinationsPolicy, CappedEjection>();
        builder.Services.AddReverseProxy().LoadFromMemory([Route(pool)], [Cluster(pool, options)]);
        builder.WebHost.UseSharedPorts(takesOver);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(endpoint);
        });
        WebApplication app = builder.Build();
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

        string bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return new HttpFront(app, options, new IPEndPoint(endpoint.Address, new Uri(bound).Port));
    }

    /// <summary>Puts servers, weights and rules in force.</summary>
    public void Apply(PoolDefinition pool) =>
        _app.Services.GetRequiredService<InMemoryConfigProvider>().Update([Route(pool)], [Cluster(pool, _options)]);

    public async Task StopAsync(TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        await _app.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

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
            Address = $"http://{n.Address}/",
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
