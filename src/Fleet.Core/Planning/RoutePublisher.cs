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

    /// <summary>Sets the routes; the same routes again change nothing.</summary>
    public void Set(ImmutableArray<NodeWeight> nodes, DateTimeOffset now)
    {
        if (nodes.SequenceEqual(_nodes))
        {
            return;
        }

        _nodes = nodes;
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
}
