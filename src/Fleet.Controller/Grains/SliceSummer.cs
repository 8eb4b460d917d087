using Fleet.Core.Control;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Grains;

/// <summary>
/// Sums a node's slices over the proxies: the first of each proxy with the first of the others, and so on, so that rates stay right
/// although proxies report at their own moments. A proxy that is silent for a second no longer holds the others up.
/// </summary>
internal sealed class SliceSummer
{
    private const int SilentDrains = 4;

    private readonly Dictionary<string, Dictionary<string, Source>> _nodes = [];

    /// <summary>Takes one slice of one proxy.</summary>
    public void Add(string proxyId, NodeSlice slice)
    {
        if (!_nodes.TryGetValue(slice.NodeId, out Dictionary<string, Source>? sources))
        {
            _nodes[slice.NodeId] = sources = [];
        }

        if (!sources.TryGetValue(proxyId, out Source? source))
        {
            sources[proxyId] = source = new();
        }

        source.Waiting.Enqueue(slice.Slice);
        source.Silent = 0;
    }

    /// <summary>Every sum that is complete, oldest first per node. Call once per period.</summary>
    public IEnumerable<SliceArrived> Drain()
    {
        foreach ((string nodeId, Dictionary<string, Source> sources) in _nodes.ToArray())
        {
            foreach ((string proxyId, Source source) in sources.ToArray())
            {
                if (source.Waiting.Count == 0 && ++source.Silent >= SilentDrains)
                {
                    sources.Remove(proxyId);
                }
            }

            while (sources.Count > 0 && sources.Values.All(s => s.Waiting.Count > 0))
            {
                yield return new SliceArrived(nodeId, Sum([.. sources.Values.Select(s => s.Waiting.Dequeue())]));
            }

            if (sources.Count == 0)
            {
                _nodes.Remove(nodeId);
            }
        }
    }

    private static TrafficSlice Sum(TrafficSlice[] slices)
    {
        if (slices.Length == 1)
        {
            return slices[0];
        }

        var latency = new LatencyHistogram();
        foreach (TrafficSlice slice in slices)
        {
            latency.Add(slice.Latency);
        }

        return new TrafficSlice(
            slices.Min(s => s.Start),
            TimeSpan.FromTicks((long)slices.Average(s => s.Duration.Ticks)),
            slices.Sum(s => s.Requests),
            slices.Sum(s => s.Errors),
            slices.Sum(s => s.InFlight),
            latency,
            slices.Any(s => s.Reachable == false) ? false : slices.Any(s => s.Reachable == true) ? true : null,
            slices.Sum(s => s.Hits),
            slices.Sum(s => s.Misses));
    }

    private sealed class Source
    {
        public Queue<TrafficSlice> Waiting { get; } = new();

        public int Silent { get; set; }
    }
}
