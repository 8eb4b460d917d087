using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// YARP's choice of a destination by the planner's weights: two are drawn by weight, the one with fewer requests in progress for its
/// weight is taken. Two draws keep a slow server from collecting requests, which weights alone cannot know.
/// </summary>
internal sealed class WeightedChoice(TimeProvider time) : ILoadBalancingPolicy
{
    public const string PolicyName = "FleetWeighted";
    public const string WeightKey = "weight";
    public const string SlowStartKey = "slowStartSeconds";
    private const double FirstRamp = 0.1;

    private readonly ConditionalWeakTable<DestinationState, Since> _since = [];
    private readonly ConditionalWeakTable<ClusterState, Since> _first = [];
    private long _draws;

    public string Name => PolicyName;

    public DestinationState? PickDestination(
        HttpContext context, ClusterState cluster, IReadOnlyList<DestinationState> availableDestinations)
    {
        double total = 0;
        for (int i = 0; i < availableDestinations.Count; i++)
        {
            total += Weight(cluster, availableDestinations[i]);
        }

        if (!(total > 0))
        {
            return null;
        }

        DestinationState first = Draw(cluster, availableDestinations, total);
        DestinationState second = Draw(cluster, availableDestinations, total);
        return Load(cluster, second) < Load(cluster, first) ? second : first;
    }

    private DestinationState Draw(ClusterState cluster, IReadOnlyList<DestinationState> destinations, double total)
    {
        double rest = Unit((ulong)Interlocked.Increment(ref _draws)) * total;
        DestinationState? last = null;
        for (int i = 0; i < destinations.Count && rest >= 0; i++)
        {
            double weight = Weight(cluster, destinations[i]);
            last = weight > 0 ? destinations[i] : last;
            rest -= weight;
        }

        return last!;
    }

    private double Load(ClusterState cluster, DestinationState destination) =>
        destination.ConcurrentRequestCount / Weight(cluster, destination);

    private double Weight(ClusterState cluster, DestinationState destination)
    {
        int weight = int.Parse(destination.Model.Config.Metadata![WeightKey], CultureInfo.InvariantCulture);
        int slowStart = int.Parse(cluster.Model.Config.Metadata![SlowStartKey], CultureInfo.InvariantCulture);
        return slowStart == 0 ? weight : weight * Ramp(cluster, destination, slowStart);
    }

    private double Ramp(ClusterState cluster, DestinationState destination, int seconds)
    {
        long now = time.GetTimestamp();
        long started = _first.GetValue(cluster, _ => new Since(now)).At;
        long joined = _since.GetValue(destination, _ => new Since(now)).At;

        // The servers that the pool began with share alike from the start.
        return joined == started ? 1 : Math.Clamp(time.GetElapsedTime(joined, now).TotalSeconds / seconds, FirstRamp, 1);
    }

    // splitmix64 over a counter: even draws without a lock or a shared generator.
    private static double Unit(ulong counter)
    {
        unchecked
        {
            ulong z = counter * 0x9e3779b97f4a7c15;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
        }
    }

    private sealed record Since(long At);
}
