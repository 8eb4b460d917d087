using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Routing;
using Fleet.Proxy.Pools;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// YARP as the configuration and state model of the TCP pools: a pool is a cluster, a node a destination "tcp://host:port" with its
/// weight as metadata, health is the destination's. HTTP pools have a YARP of their own.
/// </summary>
internal sealed class YarpState(InMemoryConfigProvider provider, IProxyStateLookup lookup, ConfigAppliedSignal applied)
{
    private const string Scheme = "tcp://";
    private const string WeightKey = "weight";
    private const string PolicyKey = "policy";
    private static readonly TimeSpan ApplyTimeout = TimeSpan.FromSeconds(10);
    private long _revision;

    /// <summary>Puts these pools in force, all others out. One caller at a time.</summary>
    public async Task UpdateAsync(IEnumerable<PoolDefinition> pools, TimeProvider time, CancellationToken cancel)
    {
        string revision = (++_revision).ToString(CultureInfo.InvariantCulture);
        Task done = applied.Await(revision);
        provider.Update([], [.. pools.Where(p => p.Kind != PoolKind.Http).Select(Cluster)], revision);
        await done.WaitAsync(ApplyTimeout, time, cancel).ConfigureAwait(false);
    }

    /// <summary>The pool's cluster, null when there is none.</summary>
    public ClusterState? Find(string poolId) => lookup.TryGetCluster(poolId, out ClusterState? cluster) ? cluster : null;

    /// <summary>Route table of a cluster. Destinations come in no stable order; the policy does not depend on it.</summary>
    public static RouteTable Routes(ClusterState cluster)
    {
        string name = cluster.Model.Config.Metadata?[PolicyKey] ?? RoutingPolicies.Ketama;
        if (!RoutingPolicies.TryGet(name, out IRoutingPolicy? policy))
        {
            throw new InvalidOperationException($"Cluster {cluster.ClusterId} names the unknown routing policy {name}.");
        }

        return policy.Build([.. cluster.DestinationsState.AllDestinations.Select(Node)]);
    }

    private static ClusterConfig Cluster(PoolDefinition pool) => new()
    {
        ClusterId = pool.PoolId,
        Metadata = new Dictionary<string, string>
        {
            [PolicyKey] = pool.Policy,
            [CappedEjection.CapKey] = pool.Health.MaxEjectedPercent.ToString(CultureInfo.InvariantCulture),
        },
        HealthCheck = new HealthCheckConfig { AvailableDestinationsPolicy = CappedEjection.PolicyName },
        Destinations = pool.Nodes.ToImmutableDictionary(n => n.NodeId, n => new DestinationConfig
        {
            Address = Scheme + n.Address,
            Metadata = new Dictionary<string, string> { [WeightKey] = n.Weight.ToString(CultureInfo.InvariantCulture) },
        }),
    };

    private static RouteNode Node(DestinationState destination) => new(
        destination.DestinationId,
        destination.Model.Config.Address[Scheme.Length..],
        int.Parse(destination.Model.Config.Metadata![WeightKey], CultureInfo.InvariantCulture));
}
