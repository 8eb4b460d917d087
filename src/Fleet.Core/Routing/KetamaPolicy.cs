using System.Text;

namespace Fleet.Core.Routing;

/// <summary>
/// Weighted ketama as libmemcached lays it out (behaviour KETAMA_WEIGHTED, MD5): 160 points per node on average, four from each MD5 of
/// "host-i" (port 11211) or "host:port-i". A node's points are always the first of one endless series, so a change of weight only adds
/// or removes its last points.
/// </summary>
internal sealed class KetamaPolicy : IRoutingPolicy
{
    private const int PointsPerNode = 160;
    private const int PointsPerHash = 4;
    private const string DefaultPortSuffix = ":11211";

    /// <inheritdoc />
    public string Name => RoutingPolicies.Ketama;

    /// <inheritdoc />
    public RouteTable Build(IReadOnlyList<RouteNode> nodes)
    {
        RouteNode[] sorted = [.. nodes.OrderBy(n => n.NodeId, StringComparer.Ordinal)];
        long totalWeight = sorted.Sum(n => (long)n.Weight);
        int active = sorted.Count(n => n.Weight > 0);
        var points = new List<(uint, int)>(active * PointsPerNode);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i].Weight > 0)
            {
                AddPoints(points, i, sorted[i].Address, Hashes(sorted[i].Weight, totalWeight, active));
            }
        }

        return new RouteTable([.. sorted], points);
    }

    /// <summary>
    /// MD5 values of one node. Single precision and the addend are libmemcached's: they decide some roundings. Where libmemcached gives a
    /// light node nothing, it gets one here: a weight above 0 takes requests.
    /// </summary>
    private static int Hashes(int weight, long totalWeight, int active)
    {
        float share = (float)weight / totalWeight;
        float hashes = (float)((share * PointsPerNode / PointsPerHash * active) + 0.0000000001);
        return Math.Max((int)MathF.Floor(hashes), 1);
    }

    private static void AddPoints(List<(uint, int)> points, int node, string address, int hashes)
    {
        string name = address.EndsWith(DefaultPortSuffix, StringComparison.Ordinal) ? address[..^DefaultPortSuffix.Length] : address;
        for (int i = 0; i < hashes; i++)
        {
            (uint a, uint b, uint c, uint d) = Md5.Hash(Encoding.UTF8.GetBytes($"{name}-{i}"));
            points.AddRange([(a, node), (b, node), (c, node), (d, node)]);
        }
    }
}
