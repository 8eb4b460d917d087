using System.Collections.Immutable;
using Fleet.Core.Control;

namespace Fleet.Core.Planning;

/// <summary>The routes that the proxies should have: a revision that grows with every change, repeated until acknowledged.</summary>
internal sealed class RoutePublisher(PlanningOptions options, long revision)
{
    private ImmutableArray<NodeWeight> _nodes = [];
    private DateTimeOffset? _sentAt;
    private DateTimeOffset _changedAt;

    /// <summary>Revision of the routes as they should be.</summary>
    public long Revision { get; private set; } = revision;

    /// <summary>Whether the proxies route by <see cref="Revision"/>.</summary>
    public bool Acknowledged { get; private set; } = true;

    /// <summary>Sets the routes from the nodes' weights; the same routes again change nothing.</summary>
    public void Set(IReadOnlyList<PoolNode> nodes, DateTimeOffset now)
    {
        if (Same(nodes))
        {
            return;
        }

        _nodes = [.. nodes.Where(Routed).Select(n => new NodeWeight(n.NodeId, n.Spec.Address, n.Weight))];
        Revision++;
        Acknowledged = false;
        _sentAt = null;
        _changedAt = now;
    }

    /// <summary>Takes an acknowledgement; older revisions are ignored.</summary>
    public void Acknowledge(long acknowledged) => Acknowledged |= acknowledged == Revision;

    /// <summary>Whether a change may go on: acknowledged, or waited for long enough.</summary>
    public bool Passed(DateTimeOffset now) => Acknowledged || now - _changedAt >= options.RouteTimeout;

    /// <summary>Sends the routes when that is due.</summary>
    public void Step(DateTimeOffset now, ICollection<PoolCommand> commands)
    {
        if (!Acknowledged && (_sentAt is not { } sent || now - sent >= options.RouteRepeat))
        {
            _sentAt = now;
            commands.Add(new SetRoutes(Revision, _nodes));
        }
    }

    private static bool Routed(PoolNode node) => node.Weight > 0 || node.Membership == Membership.Leaving || node.Parked || node.Failed
        || node is { Membership: Membership.Active, Spec.Drained: true };

    private bool Same(IReadOnlyList<PoolNode> nodes)
    {
        int at = 0;
        for (int i = 0; i < nodes.Count; i++)
        {
            PoolNode node = nodes[i];
            if (!Routed(node))
            {
                continue;
            }

            if (at == _nodes.Length || _nodes[at].NodeId != node.NodeId || _nodes[at].Weight != node.Weight
                || _nodes[at].Address != node.Spec.Address)
            {
                return false;
            }

            at++;
        }

        return at == _nodes.Length;
    }
}
