using Fleet.Core.Measurement;

namespace Fleet.Proxy.Engine;

/// <summary>
/// What one loop saw of one node since the last collection. Written by the loop only; swapped for an empty one to be read.
/// </summary>
internal sealed class NodeTraffic
{
    public long Requests;
    public long Errors;
    public long GetHits;
    public long GetMisses;
    public long BytesToNode;
    public long BytesFromNode;

    public LatencyHistogram Latency { get; } = new();

    public bool IsEmpty => (Requests | Errors | BytesToNode | BytesFromNode) == 0;

    public void AddTo(NodeTraffic sum)
    {
        sum.Requests += Requests;
        sum.Errors += Errors;
        sum.GetHits += GetHits;
        sum.GetMisses += GetMisses;
        sum.BytesToNode += BytesToNode;
        sum.BytesFromNode += BytesFromNode;
        sum.Latency.Add(Latency);
    }

    public void Clear()
    {
        (Requests, Errors, GetHits, GetMisses, BytesToNode, BytesFromNode) = (0, 0, 0, 0, 0, 0);
        Latency.Clear();
    }
}
