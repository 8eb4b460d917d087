using System.Globalization;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Yarp;

/// <summary>
/// Leaves ill destinations out, but never more than the cluster's share: when more are ill at once the fault is likely to lie elsewhere,
/// and the few that are left would drown (panic mode).
/// </summary>
internal sealed class CappedEjection : IAvailableDestinationsPolicy
{
    public const string PolicyName = "FleetCapped";
    public const string CapKey = "maxEjectedPercent";

    public string Name => PolicyName;

    public IReadOnlyList<DestinationState> GetAvailalableDestinations(ClusterConfig config, IReadOnlyList<DestinationState> allDestinations)
    {
        int percent = int.Parse(config.Metadata![CapKey], CultureInfo.InvariantCulture);
        int most = allDestinations.Count * percent / 100;
        HashSet<DestinationState> ejected =
            [.. allDestinations.Where(IsIll).OrderBy(d => d.DestinationId, StringComparer.OrdinalIgnoreCase).Take(most)];
        return ejected.Count == 0 ? allDestinations : [.. allDestinations.Where(d => !ejected.Contains(d))];
    }

    private static bool IsIll(DestinationState destination) =>
        destination.Health.Active == DestinationHealth.Unhealthy || destination.Health.Passive == DestinationHealth.Unhealthy;
}
