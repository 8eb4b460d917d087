using System.Collections.Immutable;
using System.Collections.Concurrent;
using System.Net;
using Fleet.Proxy.Routes;

namespace Fleet.Proxy.Engine;

/// <summary>A pool that outlives its configurations: identity, and the snapshot in force behind one volatile reference.</summary>
internal sealed class PublishedPool(string poolId, IPEndPoint? listen, bool isHttp = false, bool isTunnel = false)
{
    private volatile ImmutableDictionary<string, TimeSpan> _sendDelays = ImmutableDictionary<string, TimeSpan>.Empty;
    private readonly Lazy<HoldOff> _holdOff = new();
    private readonly ConcurrentDictionary<int, RouteCounts> _counts = [];
    private volatile PoolSnapshot _current = PoolSnapshot.Empty;
    private int _clients;

    public string PoolId { get; } = poolId;

    /// <summary>Where clients connect; the port is the one that was bound. Null: only other pools lead here.</summary>
    public IPEndPoint? Listen { get; } = listen;

    /// <summary>YARP serves it; the loops know nothing of it.</summary>
    public bool IsHttp { get; } = isHttp;

    /// <summary>Its clients' bytes are passed on unread.</summary>
    public bool IsTunnel { get; } = isTunnel;

    /// <summary>How long requests to a node are gathered, by node id; absent: not at all.</summary>
    public ImmutableDictionary<string, TimeSpan> SendDelays
    {
        get => _sendDelays;
        set => _sendDelays = value;
    }

    /// <summary>Client connections open now, on all loops.</summary>
    public int Clients => Volatile.Read(ref _clients);

    /// <summary>Counts a client in (1) or out (-1).</summary>
    public void CountClient(int change) => Interlocked.Add(ref _clients, change);

    /// <summary>When keys were written, for all loops.</summary>
    public HoldOff HoldOff => _holdOff.Value;

    /// <summary>What the pool's rules did, of one loop.</summary>
    public RouteCounts CountsOf(int loop) => _counts.GetOrAdd(loop, _ => new RouteCounts());

    /// <summary>What the pool's rules did, of all loops; may be a turn late.</summary>
    public RouteCounts Counts()
    {
        var sum = new RouteCounts();
        foreach (RouteCounts counts in _counts.Values)
        {
            sum.Add(counts);
        }

        return sum;
    }

    public PoolSnapshot Current
    {
        get => _current;
        set => _current = value;
    }
}
