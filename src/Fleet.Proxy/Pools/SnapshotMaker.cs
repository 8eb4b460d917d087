using System.Collections.Immutable;
using Fleet.Core.Routing;
using Fleet.Proxy.Engine;
using Fleet.Proxy.Yarp;
using Yarp.ReverseProxy.Model;

namespace Fleet.Proxy.Pools;

/// <summary>
/// Makes the loops' snapshots from YARP's state: owners from the routing policy, standings from the destinations' health, and the changes
/// that are still being warmed up. One caller at a time.
/// </summary>
internal sealed class SnapshotMaker(int loops, TimeProvider time)
{
    // Every move keeps its owners' table; a pool that changes faster than its windows end forgets the oldest.
    private const int MostMoves = 8;
    private const double FirstRamp = 0.1;
    private const double RampStep = 0.05;

    private readonly Dictionary<(string Pool, string Node), long> _since = [];

    /// <summary>The snapshot of a changed definition.</summary>
    public PoolSnapshot Changed(
        PoolDefinition definition, ClusterState cluster, ImmutableArray<NodeTarget> targets, PoolSnapshot current)
    {
        RouteTable table = YarpState.Routes(cluster);
        var next = new PoolSnapshot(
            table, [.. table.Nodes.Select(n => targets.First(t => t.NodeId == n.NodeId))], definition.Revision) { Rules = definition };
        return next with { Moves = Moves(definition, next, current), Standings = Standings(definition, cluster, next, current) };
    }

    /// <summary>The snapshot with the standings and moves of now; null when nothing is different.</summary>
    public PoolSnapshot? Refreshed(PoolDefinition definition, ClusterState cluster, PoolSnapshot current)
    {
        PoolSnapshot next = current with
        {
            Moves = Live(current.Moves),
            Standings = Standings(definition, cluster, current, current),
        };
        bool same = next.Moves.Length == current.Moves.Length && next.Standings.SequenceEqual(current.Standings);
        return same ? null : next;
    }

    private ImmutableArray<Move> Moves(PoolDefinition definition, PoolSnapshot next, PoolSnapshot current)
    {
        ImmutableArray<Move> live = definition.WarmUp is null || definition.Kind != PoolKind.Sharded ? [] : Live(current.Moves);
        bool moved = definition is { WarmUp: not null, Kind: PoolKind.Sharded } && current.Table.Nodes.Any(n => n.Weight > 0)
            && !(next.Table.Nodes.SequenceEqual(current.Table.Nodes)
                && current.Rules?.Policy == definition.Policy && current.Rules?.HashTag == definition.HashTag);
        if (!moved)
        {
            return live;
        }

        long window = definition.WarmUp!.WindowSeconds * time.TimestampFrequency;
        var counts = Enumerable.Range(0, loops).Select(_ => new MoveCounts());
        var move = new Move(definition.Revision, current.Table, current.Targets, time.GetTimestamp() + window, [.. counts]);
        return [move, .. live.Take(MostMoves - 1)];
    }

    private ImmutableArray<Move> Live(ImmutableArray<Move> moves)
    {
        long now = time.GetTimestamp();
        return [.. moves.Where(m => m.EndsAt > now)];
    }

    private ImmutableArray<NodeStanding> Standings(
        PoolDefinition definition, ClusterState cluster, PoolSnapshot next, PoolSnapshot current)
    {
        var available = cluster.DestinationsState.AvailableDestinations.Select(d => d.DestinationId).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var standings = ImmutableArray.CreateBuilder<NodeStanding>(next.Targets.Length);
        foreach (NodeTarget target in next.Targets)
        {
            bool ejected = !available.Contains(target.NodeId);
            int before = IndexOf(current, target);
            bool joins = current.Rules is not null && before < 0;
            bool returns = before >= 0 && current.Standing(before).Ejected && !ejected;
            standings.Add(new NodeStanding(ejected, Ramp(definition, target.NodeId, starts: joins || returns)));
        }

        return standings.MoveToImmutable();
    }

    private double Ramp(PoolDefinition definition, string nodeId, bool starts)
    {
        (string, string) node = (definition.PoolId, nodeId);
        if (definition.Health.SlowStartSeconds == 0)
        {
            _since.Remove(node);
            return 1;
        }

        long now = time.GetTimestamp();
        if (starts)
        {
            _since[node] = now;
        }

        if (!_since.TryGetValue(node, out long since))
        {
            return 1;
        }

        double part = time.GetElapsedTime(since, now).TotalSeconds / definition.Health.SlowStartSeconds;
        if (part >= 1)
        {
            _since.Remove(node);
            return 1;
        }

        // Steps, so that a snapshot is published twenty times in a start and not at every look.
        return Math.Max(FirstRamp, Math.Floor(part / RampStep) * RampStep);
    }

    private static int IndexOf(PoolSnapshot snapshot, NodeTarget target)
    {
        for (int i = 0; i < snapshot.Targets.Length; i++)
        {
            if (snapshot.Targets[i] == target)
            {
                return i;
            }
        }

        return -1;
    }
}
