using System.Text;

namespace Fleet.Core.Routing;

/// <summary>
/// Weighted ketama as libmemcached lays it out (behaviour KETAMA_WEIGHTED, MD5): 160 points per node on average, four from each MD5 of
/// "host-i" (port 11211) or "host:port-i". A node's points are always the first of one endless series, so a change of weight only adds
/// or removes its last points.
/// </summary>
/// <param name="name">Name in configuration.</param>
/// <param name="steady">
/// False: libmemcached's number of points, which divides 160 per node by share, so a node's change of weight changes every node's points.
/// True: 160 points for the heaviest node and the others in proportion, so a node that fades and leaves moves its own keys only. Equal
/// weights place every key alike in both.
/// </param>
internal sealed class KetamaPolicy(string name, bool steady) : IRoutingPolicy
{
    private const int PointsPerNode = 160;
    private const int PointsPerHash = 4;
    private const string DefaultPortSuffix = ":11211";

    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public RouteTable Build(IReadOnlyList<RouteNode> nodes)
    {
        RouteNode[] sorted = [.. nodes.OrderBy(n => n.NodeId, StringComparer.Ordinal)];
        long total = sorted.Sum(n => (long)n.Weight);
        int heaviest = sorted.Length == 0 ? 0 : sorted.Max(n => n.Weight);
        int active = sorted.Count(n => n.Weight > 0);
        var points = new List<(uint, int)>(active * PointsPerNode);
        for (int i = 0; i < sorted.Length; i++)
        {
            int weight = sorted[i].Weight;
            if (weight > 0)
            {
                int hashes = steady ? Proportional(weight, heaviest) : LibMemcached(weight, total, active);
                AddPoints(points, i, sorted[i].Address, Math.Max(hashes, 1));
            }
        }

        return new RingTable([.. sorted], points);
    }

    /// <summary>
    /// MD5 values of one node. Single precision and the addend are libmemcached's: they decide some roundings. Where libmemcached gives a
    /// light node nothing, the caller gives it one: a weight above 0 takes requests.
    /// </summary>
    private static int LibMemcached(int weight, long total, int active)
    {
        float share = (float)weight / total;
        float hashes = (float)((share * PointsPerNode / PointsPerHash * active) + 0.0000000001);
        return (int)MathF.Floor(hashes);
    }

    private static int Proportional(int weight, int heaviest) =>
        (int)Math.Round((double)PointsPerNode / PointsPerHash * weight / heaviest);

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
