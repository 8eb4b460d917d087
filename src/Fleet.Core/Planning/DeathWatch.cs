using Fleet.Core.Control;

namespace Fleet.Core.Planning;

/// <summary>
/// Tells which servers are dead from what the proxies see. A server that answers no more is dead within two slices; it is alive again when the
/// proxies have reached it for a while, and the longer the sooner it died again.
/// </summary>
internal sealed class DeathWatch
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    // A server that lived for this long starts afresh.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, Grave> _graves = new(StringComparer.Ordinal);

    /// <summary>Whether the node was dead when it was last looked at.</summary>
    public bool IsDead(PoolNode node) => _graves.TryGetValue(node.NodeId, out Grave? grave) && grave.Dead;

    /// <summary>Sets <see cref="PoolNode.Failed"/> from the node's last slices.</summary>
    public void Look(DateTimeOffset now, PoolNode node)
    {
        bool dead = node.Traffic.Dead;
        if (!_graves.TryGetValue(node.NodeId, out Grave? grave))
        {
            if (!dead && !node.Failed)
            {
                return;
            }

            _graves[node.NodeId] = grave = new Grave();
        }

        if (!grave.Dead && (dead || node.Failed))
        {
            grave.Rest = now - grave.Since > Memory || grave.Rest == default ? FirstRest : Shorter(grave.Rest * 2, LongestRest);
            (grave.Dead, grave.Since, grave.ReachedSince, node.Failed) = (true, now, null, true);
        }
        else if (grave.Dead && !node.Failed)
        {
            // A health check that is not ours says so.
            (grave.Dead, grave.Since) = (false, now);
        }
        else if (grave.Dead)
        {
            grave.ReachedSince = node.Traffic.Reachable == true && !dead ? grave.ReachedSince ?? now : null;
            if (grave.ReachedSince is { } since && now - since >= grave.Rest)
            {
                (grave.Dead, grave.Since, node.Failed) = (false, now, false);
            }
        }
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private sealed class Grave
    {
        public bool Dead { get; set; }

        public DateTimeOffset Since { get; set; }

        public DateTimeOffset? ReachedSince { get; set; }

        public TimeSpan Rest { get; set; }
    }
}
