using System.Collections.Immutable;
using System.Net;

namespace Fleet.Proxy.Engine;

/// <summary>A pool that outlives its configurations: identity, and the snapshot in force behind one volatile reference.</summary>
internal sealed class PublishedPool(string poolId, IPEndPoint? listen, bool isHttp = false)
{
    private volatile ImmutableDictionary<string, TimeSpan> _sendDelays = ImmutableDictionary<string, TimeSpan>.Empty;
    private volatile PoolSnapshot _current = PoolSnapshot.Empty;

    public string PoolId { get; } = poolId;

    /// <summary>Where clients connect; the port is the one that was bound. Null: only other pools lead here.</summary>
    public IPEndPoint? Listen { get; } = listen;

    /// <summary>YARP serves it; the loops know nothing of it.</summary>
    public bool IsHttp { get; } = isHttp;

    /// <summary>How long requests to a node are gathered, by node id; absent: not at all.</summary>
    public ImmutableDictionary<string, TimeSpan> SendDelays
    {
        get => _sendDelays;
        set => _sendDelays = value;
    }

    public PoolSnapshot Current
    {
        get => _current;
        set => _current = value;
    }
}
