using Fleet.Core.Control;
using Fleet.Core.Tuning;

namespace Fleet.Core.Planning;

/// <summary>
/// Points that one node of a class settled, handed to the others stage by stage: first one node, then 5 %, 25 %, all. Each stage holds for
/// two windows; a node that has to leave the setting within them ends the roll-out.
/// </summary>
internal sealed class Rollout(PlanningOptions options, TunerOptions tuner)
{
    private const int MostPoints = 64;
    private readonly List<Stage> _stages = [];
    private readonly List<PoolNode> _reverting = [];
    private readonly Dictionary<string, OperatingPoint> _seen = new(StringComparer.Ordinal);

    /// <summary>Looks for newly settled points and for stages that are over.</summary>
    public void Step(DateTimeOffset now, IReadOnlyList<PoolNode> nodes)
    {
        _reverting.Clear();
        for (int n = 0; n < nodes.Count; n++)
        {
            PoolNode node = nodes[n];
            if (node.Tuner is { Phase: TunerPhase.Revert })
            {
                _reverting.Add(node);
            }

            if (node is { Tuner: { Phase: TunerPhase.Hold, LatestPoint: { } point }, ClassKey: { } key }
                && !point.Equals(_seen.GetValueOrDefault(node.NodeId)) && point.Setting.Equals(node.Tuner.Settled))
            {
                _seen[node.NodeId] = point;
                Add(key, node.NodeId, point, now);
            }
        }

        for (int i = _stages.Count - 1; i >= 0; i--)
        {
            Stage stage = _stages[i];
            if (stage.Complete)
            {
                continue;
            }

            if (_reverting.Exists(n => stage.Takers.Contains(n.NodeId) && !n.Tuner!.Settled.Equals(stage.Point.Setting)))
            {
                _stages.RemoveAt(i);
            }
            else if (now - stage.Since >= options.RolloutBake)
            {
                int alike = nodes.Count(n => n.ClassKey == stage.ClassKey);
                stage.Next(now, options.RolloutStages, alike);
            }
        }
    }

    /// <summary>The point that this node may take at its load; null when none is ready for it.</summary>
    public OperatingPoint? For(PoolNode node, double slaUs)
    {
        if (node is not { Tuner: { WantsSearch: true } own, ClassKey: { } key } || !(own.Load.Qps > 0))
        {
            return null;
        }

        double qps = own.Load.Qps;
        foreach (Stage stage in _stages)
        {
            double distance = Math.Log(stage.Point.Qps / qps);
            if (stage.ClassKey == key && stage.Point.SlaUs.Equals(slaUs) && distance >= -tuner.LoadBand / 4 && distance <= tuner.LoadBand
                && (stage.Takers.Contains(node.NodeId) || stage.Takers.Count < stage.Most))
            {
                stage.Takers.Add(node.NodeId);
                return stage.Point;
            }
        }

        return null;
    }

    /// <summary>Forgets everything: the promise changed, or the class did.</summary>
    public void Clear() => _stages.Clear();

    private void Add(string classKey, string nodeId, OperatingPoint point, DateTimeOffset now)
    {
        if (point.Setting.IsDefault || _stages.Any(s => s.ClassKey == classKey && s.Point.Equals(point)))
        {
            return;
        }

        _stages.RemoveAll(s => s.ClassKey == classKey && s.Point.SlaUs.Equals(point.SlaUs)
            && Math.Abs(Math.Log(s.Point.Qps / point.Qps)) < tuner.LoadBand / 2);
        _stages.Insert(0, new Stage(classKey, point, now) { Takers = { nodeId } });
        if (_stages.Count > MostPoints)
        {
            _stages.RemoveAt(MostPoints);
        }
    }

    private sealed class Stage(string classKey, OperatingPoint point, DateTimeOffset since)
    {
        private int _number = -1;

        public string ClassKey { get; } = classKey;

        public OperatingPoint Point { get; } = point;

        public DateTimeOffset Since { get; private set; } = since;

        public HashSet<string> Takers { get; } = new(StringComparer.Ordinal);

        public int Most { get; private set; } = 1;

        public bool Complete { get; private set; }

        public void Next(DateTimeOffset now, IReadOnlyList<double> stages, int alike)
        {
            Since = now;
            _number++;
            Complete = _number >= stages.Count - 1;
            Most = Complete ? int.MaxValue : Math.Max(2 + _number, (int)Math.Ceiling(stages[_number] * alike));
        }
    }
}
