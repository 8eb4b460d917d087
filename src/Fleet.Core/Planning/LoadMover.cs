using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;

namespace Fleet.Core.Planning;

/// <summary>
/// Moves load between nodes that stay: prepare → acknowledge → shift → settle. Nodes that will carry more get a setting proven for it, or
/// the default, before their weight rises; nodes that will carry less keep theirs until the load is gone.
/// </summary>
internal sealed class LoadMover(PlanningOptions options, RoutePublisher routes)
{
    // Smaller rises need no preparation: the load band covers them.
    private const double Rise = 1.05;
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    private MoveStage _stage;
    private DateTimeOffset _since;
    private DateTimeOffset _last = DateTimeOffset.MinValue;
    private string _reason = "";
    private (PoolNode Node, int Weight)[] _moves = [];

    /// <summary>Whether a move is under way.</summary>
    public bool Moving => _stage != MoveStage.Idle;

    /// <summary>For people; null when nothing moves.</summary>
    public string? Description => _stage switch
    {
        MoveStage.Idle => null,
        MoveStage.Prepare => $"preparing nodes for another split of load: {_reason}",
        _ => $"shifting load: {_reason}",
    };

    /// <summary>Whether a move that nothing forces may begin.</summary>
    public bool MayBegin(DateTimeOffset now) => _stage == MoveStage.Idle && now - _last >= options.MoveInterval;

    /// <summary>Begins a move; an urgent one replaces one that is still preparing.</summary>
    public void Begin(DateTimeOffset now, IReadOnlyList<PoolNode> members, BalanceTarget target, ICollection<PoolCommand> commands)
    {
        if (_stage != MoveStage.Idle && (!target.Urgent || target.Weights.SequenceEqual(_moves.Select(m => m.Weight))))
        {
            return;
        }

        double qps = members.Sum(n => n.Traffic.Qps);
        double weights = Math.Max(target.Weights.Sum(w => (double)w), 1);
        _moves = [.. members.Zip(target.Weights)];
        _reason = target.Reason;
        foreach ((PoolNode node, int weight) in _moves)
        {
            double then = qps * weight / weights;
            node.PreparedQps = weight > 0 && (node.Weight == 0 || then > node.Traffic.Qps * Rise) ? Math.Max(then, 1) : null;
            if (weight > 0 != node.Weight > 0)
            {
                Record(commands, now, node, weight > 0 ? "wake" : "park", then);
            }
        }

        Enter(MoveStage.Prepare, now);
    }

    /// <summary>Load has moved already, without notice: the nodes that took it settle.</summary>
    public void Follow(DateTimeOffset now, IEnumerable<PoolNode> nodes, string reason)
    {
        _moves = [.. nodes.Select(n => (n, n.Weight))];
        _reason = reason;
        Enter(MoveStage.Shift, now);
    }

    /// <summary>Takes the step that the present move allows; gives the load that it moved just now, requests per second.</summary>
    /// <param name="now">Present time.</param>
    /// <param name="deepest">The setting in which a node waits without load.</param>
    public double Step(DateTimeOffset now, Func<PoolNode, Setting> deepest)
    {
        double moved = 0;
        TimeSpan inStage = now - _since;
        switch (_stage)
        {
            case MoveStage.Prepare when _moves.All(m => m.Node.PreparedQps is null || m.Node.Prepared) || inStage >= options.PrepareTimeout:
                moved = MovedQps();
                foreach ((PoolNode node, int weight) in _moves)
                {
                    node.Weight = weight;
                    node.ParkedSetting = weight > 0 ? null : node.ParkedSetting;
                    node.Parked = weight == 0;
                }

                Enter(MoveStage.Shift, now);
                break;
            case MoveStage.Shift when inStage > TimeSpan.Zero && routes.Passed(now):
                Enter(MoveStage.Settle, now);
                break;
            case MoveStage.Settle when inStage >= SettleTime:
                foreach ((PoolNode node, int weight) in _moves)
                {
                    node.PreparedQps = null;
                    node.ParkedSetting = weight == 0 ? deepest(node) : null;
                }

                _last = now;
                Enter(MoveStage.Idle, now);
                break;
        }

        return moved;
    }

    /// <summary>Load that lands on other nodes than before: half of the sum of the changes.</summary>
    private double MovedQps()
    {
        double before = Math.Max(_moves.Sum(m => (double)m.Node.Weight), 1);
        double after = Math.Max(_moves.Sum(m => (double)m.Weight), 1);
        return _moves.Sum(m => m.Node.Traffic.Qps) * _moves.Sum(m => Math.Abs((m.Weight / after) - (m.Node.Weight / before))) / 2;
    }

    /// <summary>Gives up the present move: the membership changed under it.</summary>
    public void Cancel()
    {
        foreach ((PoolNode node, _) in _moves)
        {
            node.PreparedQps = null;
        }

        _moves = [];
        _stage = MoveStage.Idle;
    }

    private void Record(ICollection<PoolCommand> commands, DateTimeOffset now, PoolNode node, string kind, double qps) =>
        commands.Add(new RecordDecision(new DecisionRecord(
            now, node.NodeId, kind, node.Tuner?.Settled ?? Setting.Default, "plan", Math.Round(qps, 1), null, null, null, null, null, null,
            string.Create(CultureInfo.InvariantCulture, $"{_reason}"))));

    private void Enter(MoveStage stage, DateTimeOffset now) => (_stage, _since) = (stage, now);
}

/// <summary>Stages of a move of load.</summary>
internal enum MoveStage
{
    /// <summary>Nothing moves.</summary>
    Idle,

    /// <summary>Settings for the coming load are put in force and acknowledged.</summary>
    Prepare,

    /// <summary>Weights are changed; the proxies acknowledge.</summary>
    Shift,

    /// <summary>The new split takes effect.</summary>
    Settle,
}
