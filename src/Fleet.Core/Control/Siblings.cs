using System.Collections.Immutable;
using Fleet.Core.Knobs;

namespace Fleet.Core.Control;

/// <summary>
/// What the nodes of a pool say about each other, summed once a step: who searches, who breaks the promise, who probes what. A node is
/// taken out while it is asked, so that the sums are about the others.
/// </summary>
internal sealed class Siblings
{
    private readonly List<PoolNode> _probing = [];
    private int _busy;
    private int _troubled;
    private int _holding;
    private int _troubledHolding;

    /// <summary>Nodes that search.</summary>
    public int Searching { get; private set; }

    /// <summary>
    /// Whether most other busy nodes that hold a setting are in trouble. A probe may be in trouble by its own fault: a node that probes is
    /// a witness only where no other is left, and then all must agree.
    /// </summary>
    public bool CommonTrouble => _holding > 0 ? _troubledHolding * 2 > _holding : _busy > 0 && _troubled == _busy;

    /// <summary>Sums over the nodes, afresh.</summary>
    public void Sum(IReadOnlyList<PoolNode> nodes, DateTimeOffset now)
    {
        _probing.Clear();
        (_busy, _troubled, _holding, _troubledHolding, Searching) = (0, 0, 0, 0, 0);
        for (int i = 0; i < nodes.Count; i++)
        {
            Enter(nodes[i], now);
        }
    }

    /// <summary>Takes a node out of the sums.</summary>
    public void Leave(PoolNode node)
    {
        if (node.Witness.Counts)
        {
            Count(node, -1);
            node.Witness = default;
        }
    }

    /// <summary>Puts a node in.</summary>
    public void Enter(PoolNode node, DateTimeOffset now)
    {
        node.Witness = default;
        if (node is { AgentConnected: true, Tuner: { } tuner })
        {
            bool busy = node.Traffic.Qps > 0;
            node.Witness = new Witness(true, tuner.Searching, busy, busy && tuner.InTrouble(now), tuner.Probe is not null);
            Count(node, 1);
        }
    }

    /// <summary>What the other nodes of the same class and knobs probe now.</summary>
    public ImmutableArray<Setting> Probes(PoolNode node) => _probing.Count == 0
        ? []
        : [.. _probing.Where(n => n != node && n.HardwareClass == node.HardwareClass && n.Space!.Equals(node.Space))
            .OrderBy(n => n.NodeId, StringComparer.Ordinal).Select(n => n.Tuner!.Probe).OfType<Setting>()];

    private void Count(PoolNode node, int sign)
    {
        Witness witness = node.Witness;
        Searching += witness.Searching ? sign : 0;
        _busy += witness.Busy ? sign : 0;
        _troubled += witness.Troubled ? sign : 0;
        if (!witness.Probing)
        {
            _holding += witness.Busy ? sign : 0;
            _troubledHolding += witness.Troubled ? sign : 0;
        }
        else if (sign > 0)
        {
            _probing.Add(node);
        }
        else
        {
            _probing.Remove(node);
        }
    }
}
