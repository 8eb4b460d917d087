using Fleet.Controller.Grains;
using Fleet.Core.Control;
using Fleet.Core.Tuning;

namespace Fleet.Controller.Metrics;

/// <summary>Looks at every pool once a second: sums energy, and notes since when a pool or a node has not moved on.</summary>
/// <param name="views">What is looked at.</param>
/// <param name="decisions">Forgets with the sampler.</param>
/// <param name="promises">Forgets with the sampler.</param>
/// <param name="time">Clock and timers.</param>
internal sealed class FleetSampler(
    FleetViews views, CountedDecisions decisions, PromiseAccounts promises, TimeProvider time)
{
    /// <summary>Between two looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // A pause of the process is no measurement: at most this much is added for one look.
    private static readonly TimeSpan MostPerLook = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PoolTrack> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Pool, string Node), NodeTrack> _nodes = [];
    private long _last = time.GetTimestamp();

    /// <summary>Called after every look, for those who keep a history.</summary>
    public Action<IReadOnlyList<PoolPicture>> Looked { get; set; } = _ => { };

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(ct).ConfigureAwait(false))
        {
            Look();
        }
    }

    /// <summary>Takes one look.</summary>
    public void Look()
    {
        PoolPicture[] pictures = [.. views.Pools()];
        TimeSpan since = time.GetElapsedTime(_last);
        _last = time.GetTimestamp();
        since = since < MostPerLook ? since : MostPerLook;
        lock (_gate)
        {
            foreach (PoolPicture picture in pictures)
            {
                Track(_pools, picture.Document.PoolId).See(picture, since, _last);
                foreach (NodeView node in picture.View.Nodes)
                {
                    Track(_nodes, (picture.Document.PoolId, node.NodeId)).See(node, since, _last);
                }
            }

            Forget(pictures);
        }

        Looked(pictures);
    }

    /// <summary>Reads what is known of a pool; the fallback before its first look.</summary>
    public T Pool<T>(string poolId, Func<PoolTrack, T> read, T fallback)
    {
        lock (_gate)
        {
            return _pools.TryGetValue(poolId, out PoolTrack? track) ? read(track) : fallback;
        }
    }

    /// <summary>Reads what is known of a node; the fallback before its first look.</summary>
    public T Node<T>(string poolId, string nodeId, Func<NodeTrack, T> read, T fallback)
    {
        lock (_gate)
        {
            return _nodes.TryGetValue((poolId, nodeId), out NodeTrack? track) ? read(track) : fallback;
        }
    }

    private static TTrack Track<TKey, TTrack>(Dictionary<TKey, TTrack> tracks, TKey key)
        where TKey : notnull
        where TTrack : new() => tracks.TryGetValue(key, out TTrack? track) ? track : tracks[key] = new TTrack();

    private void Forget(PoolPicture[] pictures)
    {
        HashSet<string> live = [.. pictures.Select(p => p.Document.PoolId)];
        HashSet<(string, string)> liveNodes = [.. pictures.SelectMany(p => p.View.Nodes.Select(n => (p.Document.PoolId, n.NodeId)))];
        foreach (string gone in _pools.Keys.Where(p => !live.Contains(p)).ToList())
        {
            _pools.Remove(gone);
        }

        foreach ((string, string) gone in _nodes.Keys.Where(n => !liveNodes.Contains(n)).ToList())
        {
            _nodes.Remove(gone);
        }

        decisions.Keep(liveNodes);
        promises.Keep(live, views.Proxies().Select(p => p.ProxyId).ToHashSet());
    }
}

/// <summary>One pool over time.</summary>
internal sealed class PoolTrack
{
    private PoolPicture? _picture;

    /// <summary>Energy of the pool.</summary>
    public EnergyMeter Energy { get; } = new();

    /// <summary>When the owner last replaced its picture, timestamp.</summary>
    public long ChangedAt { get; private set; }

    /// <summary>Takes a look.</summary>
    public void See(PoolPicture picture, TimeSpan since, long now)
    {
        Energy.Add(since, picture.View.PowerWatts, picture.View.DefaultPowerWatts);
        (ChangedAt, _picture) = (ReferenceEquals(picture, _picture) ? ChangedAt : now, picture);
    }
}

/// <summary>One node over time.</summary>
internal sealed class NodeTrack
{
    /// <summary>Energy of the node.</summary>
    public EnergyMeter Energy { get; } = new();

    /// <summary>When the node last held a setting or only observed, timestamp; 0 before the first look.</summary>
    public long RestedAt { get; private set; }

    /// <summary>Whether the node explores now.</summary>
    public bool Exploring { get; private set; }

    /// <summary>Takes a look.</summary>
    public void See(NodeView node, TimeSpan since, long now)
    {
        Energy.Add(since, node.PowerWatts, node.DefaultPowerWatts);
        Exploring = node.Phase is not (TunerPhase.Hold or TunerPhase.Observe);
        RestedAt = Exploring && RestedAt != 0 ? RestedAt : now;
    }
}
