using System.Globalization;
using System.Text;
using Fleet.Core.Routing;

namespace Fleet.Core.Planning;

/// <summary>How many keys change their owner when the nodes of a pool change.</summary>
internal static class MovedKeys
{
    // The standard error of a share is at most 0.5 / sqrt(samples): 0.4 %.
    private const int Samples = 16_384;

    /// <summary>Share of the keys with another owner, 0 to 1, from a sample of keys; 1 when the policy is unknown or a side is empty.</summary>
    public static double Share(
        string policy, IReadOnlyList<(string Id, string Address, int Weight)> before, IReadOnlyList<(string Id, string Address, int Weight)> after)
    {
        if (before.Count == 0 && after.Count == 0)
        {
            return 0;
        }

        if (!RoutingPolicies.TryGet(policy, out IRoutingPolicy? routing) || before.Count == 0 || after.Count == 0)
        {
            return 1;
        }

        RouteTable old = routing.Build([.. before.Select(n => new RouteNode(n.Id, n.Address, n.Weight))]);
        RouteTable now = routing.Build([.. after.Select(n => new RouteNode(n.Id, n.Address, n.Weight))]);
        int moved = 0;
        for (int i = 0; i < Samples; i++)
        {
            byte[] key = Encoding.ASCII.GetBytes(i.ToString(CultureInfo.InvariantCulture));
            moved += old.Nodes[old.Find(key)].NodeId == now.Nodes[now.Find(key)].NodeId ? 0 : 1;
        }

        return (double)moved / Samples;
    }
}
