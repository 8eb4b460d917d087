using System.Collections.Immutable;
using System.Text;
using Fleet.Proxy.Native;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>What the loops of one engine share: the count of connections, and ways to tell the control side.</summary>
internal sealed class EngineShared(TimeProvider time, Action<NodeChange> onNodeChange, Action onDescriptorsExhausted)
{
    private readonly long _started = time.GetTimestamp();
    private readonly long _version = time.GetUtcNow().ToUnixTimeSeconds();
    private int _connections;

    /// <summary>Counters of every loop, set before the loops start.</summary>
    public IReadOnlyList<LoopCounters> Loops { get; set; } = [];

    public int Connections => Volatile.Read(ref _connections);

    public bool TryAddConnection(int limit)
    {
        if (Interlocked.Increment(ref _connections) <= limit)
        {
            return true;
        }

        Interlocked.Decrement(ref _connections);
        return false;
    }

    public void RemoveConnection() => Interlocked.Decrement(ref _connections);

    public void DescriptorsExhausted() => onDescriptorsExhausted();

    public void NodeChanged(NodeConnection node) =>
        onNodeChange(new NodeChange(node.PoolId, node.Target.NodeId, node.IsConnected, node.WasUp, node.LastError));

    public void NodeFailed(string poolId, string nodeId, string error) =>
        onNodeChange(new NodeChange(poolId, nodeId, Connected: false, WasUp: true, error));

    /// <summary>Answers a request for statistics; set by the engine before the loops start.</summary>
    public Action<EventLoop, PublishedPool, PendingRequest, StatsTopic> AnswerStats { get; set; } = (_, _, _, _) => { };

    /// <summary>The proxy's own statistics, as text.</summary>
    public byte[] GeneralStats() =>
        StatsText.General(Loops, Connections, (long)time.GetElapsedTime(_started).TotalSeconds, time.GetUtcNow());

    /// <summary>
    /// Reply to config get cluster. Clients take a list with a higher version for newer: the time of the start grows with each change of
    /// the options.
    /// </summary>
    public byte[] ClusterReply(ImmutableArray<string> advertised, ClientConnection client)
    {
        string dialled = advertised.IsDefaultOrEmpty ? Advertised.Of(client.Address ?? SocketCalls.LocalEndPoint(client.Fd)) : "";
        string nodes = string.Join(' ', advertised.IsDefaultOrEmpty ? [dialled] : advertised);
        string body = $"{_version}\n{nodes}\n";
        return Encoding.UTF8.GetBytes($"CONFIG cluster 0 {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\nEND\r\n");
    }
}
