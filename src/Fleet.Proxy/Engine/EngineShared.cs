using System.Globalization;
using System.Text;
using Fleet.Proxy.Protocol;

namespace Fleet.Proxy.Engine;

/// <summary>What the loops of one engine share: the count of connections, and ways to tell the control side.</summary>
internal sealed class EngineShared(TimeProvider time, Action<NodeChange> onNodeChange, Action onDescriptorsExhausted)
{
    private readonly long _started = time.GetTimestamp();
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

    /// <summary>Reply to stats: the proxy's own figures, not the nodes'.</summary>
    public byte[] StatsReply()
    {
        var text = new StringBuilder();
        void Line(string name, object value) => text.Append(CultureInfo.InvariantCulture, $"STAT {name} {value}\r\n");
        Line("pid", Environment.ProcessId);
        Line("uptime", (long)time.GetElapsedTime(_started).TotalSeconds);
        Line("time", time.GetUtcNow().ToUnixTimeSeconds());
        Line("version", Replies.VersionText);
        Line("pointer_size", IntPtr.Size * 8);
        Line("curr_connections", Connections);
        Line("total_connections", Loops.Sum(l => Volatile.Read(ref l.ConnectionsTotal)));
        Line("rejected_connections", Loops.Sum(l => Volatile.Read(ref l.ConnectionsRefused)));
        Line("commands", Loops.Sum(l => Volatile.Read(ref l.Commands)));
        Line("bytes_read", Loops.Sum(l => Volatile.Read(ref l.BytesRead)));
        Line("bytes_written", Loops.Sum(l => Volatile.Read(ref l.BytesWritten)));
        Line("threads", Loops.Count);
        return Encoding.ASCII.GetBytes(text.Append("END\r\n").ToString());
    }
}
