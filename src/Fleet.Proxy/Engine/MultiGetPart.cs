namespace Fleet.Proxy.Engine;

/// <summary>What one owner has to do with a get of many keys.</summary>
internal sealed class MultiGetPart(BufferPool pool)
{
    /// <summary>Values that have come and were not told yet, in the order of the keys; after them the error, when it has failed.</summary>
    public ByteBuffer Values { get; } = new(pool);

    public NodeConnection? Node { get; private set; }

    /// <summary>The owner's place among the pool's nodes.</summary>
    public int NodeIndex { get; private set; }

    /// <summary>Keys that it is asked for.</summary>
    public int Keys { get; set; }

    /// <summary>Values that it has sent.</summary>
    public int Hits { get; set; }

    /// <summary>The first of its keys that it has not come to; <see cref="MultiGetKey.None"/> after the last.</summary>
    public int Expected { get; set; }

    /// <summary>The last of its keys.</summary>
    public int Last { get; set; }

    /// <summary>It could not be asked, or has answered with an error.</summary>
    public bool HasFailed { get; private set; }

    public void Open(int nodeIndex, NodeConnection? node) => (NodeIndex, Node, Keys, Hits, HasFailed) = (nodeIndex, node, 0, 0, false);

    /// <summary>Nothing more comes but this line.</summary>
    public void Fail(ReadOnlySpan<byte> error)
    {
        Values.Append(error);
        HasFailed = true;
    }

    public void Close()
    {
        Values.Clear();
        Node = null;
    }
}
