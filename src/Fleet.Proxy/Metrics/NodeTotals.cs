using Fleet.Proxy.Engine;

namespace Fleet.Proxy.Metrics;

/// <summary>What the proxy saw of one node since the node joined.</summary>
internal sealed class NodeTotals
{
    public long Requests { get; private set; }

    public long Errors { get; private set; }

    public long Hits { get; private set; }

    public long Misses { get; private set; }

    public long BytesToNode { get; private set; }

    public long BytesFromNode { get; private set; }

    public CoarseHistogram Latency { get; } = new();

    /// <summary>Requests that waited for the node at the last slice.</summary>
    public long InFlight { get; set; }

    /// <summary>Loops that reported the node at the last slice, and those of them that are connected.</summary>
    public (int Loops, int Connected) Links { get; set; }

    /// <summary>Whether the last slice had the node.</summary>
    public bool Reported { get; set; }

    public void Add(NodeTraffic traffic)
    {
        Requests += traffic.Requests;
        Errors += traffic.Errors;
        Hits += traffic.GetHits;
        Misses += traffic.GetMisses;
        BytesToNode += traffic.BytesToNode;
        BytesFromNode += traffic.BytesFromNode;
        Latency.Add(traffic.Latency);
    }
}
