using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.Core.Planning;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Core.Control;

/// <summary>
/// One pool's tuners and planner. Level-triggered: each step compares what is with what should be, so a lost or repeated event or
/// command costs time, never correctness. The same seed, snapshot and events give the same commands.
/// </summary>
public sealed class PoolControl : IPoolControl, IPoolAdvisor
{
    // Held settings are compared with the model at the options' pace by so many nodes; in a larger pool each one's turn comes more rarely.
    private const double NodesPerModelCheck = 16;

    private readonly PoolControlOptions _options;
    private readonly ISettingSearch _search;
    private readonly SortedDictionary<string, PoolNode> _nodes = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ClassKnowledge> _classes = new(StringComparer.Ordinal);
    private readonly Siblings _siblings = new();
    private readonly Dictionary<string, NodeSnapshot> _saved;
    private readonly RoutePublisher _routes;
    private readonly ExplorationBudget _budget;
    private readonly MembershipPlanner _planner;
    private readonly PoolBalance _balance;
    private PoolSpec? _spec;
    private DateTimeOffset _now;
    private long _commands;
    private PoolNode[]? _list;
    private bool _retold = true;

    /// <summary>Creates the control of one pool.</summary>
    /// <param name="options">The dials.</param>
    /// <param name="search">The method that looks for settings.</param>
    /// <param name="saved">What the previous owner kept; null for a new pool.</param>
    public PoolControl(PoolControlOptions options, ISettingSearch search, PoolSnapshot? saved)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(search);
        _options = options;
        _search = search;
        _routes = new RoutePublisher(options.Planning, saved?.RouteRevision ?? 0);
        _budget = new ExplorationBudget(options.Planning);
        _planner = new MembershipPlanner(options.Planning, _routes, _budget);
        _balance = new PoolBalance(options, _routes, Class);
        _saved = saved?.Nodes.ToDictionary(n => n.NodeId, StringComparer.Ordinal) ?? [];
        foreach (ClassSnapshot known in saved?.Classes ?? [])
        {
            ClassKnowledge knowledge = Class(known.HardwareClass);
            foreach (Observation observation in known.Observations)
            {
                knowledge.Add(observation);
            }
        }
    }

    /// <inheritdoc/>
    public PoolView View => PoolViews.Of(_nodes.Values, _spec, _planner.Description ?? _balance.Description, _balance.ShortfallQps);

    /// <summary>The nodes as they stand, for simulations that cannot afford a view of every step.</summary>
    internal IReadOnlyList<PoolNode> Members => _list ??= [.. _nodes.Values];

    /// <summary>Why the last plan is as it is, for people.</summary>
    internal string PlanReason => _balance.Reason;

    /// <summary>The learned envelope of a node's class; null before it was asked for.</summary>
    internal LearnedEnvelope? EnvelopeOf(string nodeId) => Find(nodeId)?.Envelope;

    /// <summary>Whether the class of a node has proven a setting for a load under the present promise.</summary>
    internal bool IsProven(string nodeId, Setting setting, double qps) => Find(nodeId) is { ClassKey: { } key } && _spec is not null
        && Class(key).IsProven(setting, qps, _spec.Sla.LatencyUs);

    /// <summary>One node; null when the pool does not have it.</summary>
    internal PoolNode? Member(string nodeId) => Find(nodeId);

    /// <summary>Whether routes are under way or the membership changes.</summary>
    internal bool Moving => _planner.Changing || _balance.Moving || !_routes.Acknowledged;

    /// <inheritdoc/>
    public IReadOnlyList<PoolCommand> Step(DateTimeOffset now, IReadOnlyList<PoolEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        _now = now > _now ? now : _now;
        var commands = new List<PoolCommand>();
        for (int i = events.Count - 1; i >= 0; i--)
        {
            if (events[i] is SpecSet wish)
            {
                TakeSpec(wish.Spec);
                break;
            }
        }

        for (int i = 0; i < events.Count; i++)
        {
            Take(events[i]);
        }

        if (_spec is null)
        {
            return commands;
        }

        _balance.Step(_now, _spec, Members, _planner.Changing, commands);
        if (!_balance.Moving && (_planner.Changing || Members.Any(MembershipPlanner.Wants)) && _planner.Step(_now, _nodes) is { } left)
        {
            _list = null;
            commands.Add(new NodeRemoved(left.NodeId));
            AddDeclared();
        }

        StepTuners(commands);
        _routes.Set(Members, _now);
        _routes.Step(_now, commands);
        return commands;
    }

    /// <inheritdoc/>
    public PoolSnapshot Save() => new(
        _routes.Revision,
        [.. _classes.Select(c => new ClassSnapshot(c.Key, [.. c.Value.Observations]))],
        [.. _nodes.Values.Select(n => PoolViews.Snapshot(n))]);

    /// <inheritdoc/>
    public NodeExplanation? Explain(string nodeId, int limit) => Find(nodeId) is { } node && _spec is not null
        ? node.Tuner?.Explain(limit)
            ?? new NodeExplanation(
                nodeId, _spec.Sla, node.Traffic.Qps, Setting.Default, Setting.Default, "start", TunerPhase.Observe, PoolViews.Why(node), 0, [])
        : null;

    /// <inheritdoc/>
    public PoolPlan? Plan(PlanQuery query) => _spec is null ? null : PoolForecast.Of(query, _spec, _nodes);

    private void Take(PoolEvent happened)
    {
        switch (happened)
        {
            case RoutesAcknowledged routes: _routes.Acknowledge(routes.Revision); break;
            case SliceArrived arrived when Find(arrived.NodeId) is { } node:
                node.Traffic.Add(arrived.Slice);
                node.Touched = true;
                _balance.Saw(arrived.Slice.Hits, arrived.Slice.Misses);
                node.Tuner?.OnSlice(arrived.Slice, _now);
                break;
            case ReadingArrived arrived when Find(arrived.NodeId) is { } node:
                node.Traffic.Add(arrived.Reading, _now);
                node.Touched = true;
                node.Tuner?.OnReading(arrived.Reading, _now);
                break;
            case AgentConnected agent when Find(agent.NodeId) is { } node: Connect(node, agent); break;
            case AgentLost lost when Find(lost.NodeId) is { AgentConnected: true } node:
                node.AgentConnected = false;
                node.Touched = true;
                node.AgentProblem = lost.Reason;
                node.Tuner?.OnAgentLost(lost.Reason, _now);
                break;
            case SettingApplied applied when Find(applied.NodeId) is { } node:
                node.Touched = true;
                node.Tuner?.OnApplied(applied.CommandId, applied.ReadBack, _now);
                break;
            case HealthChanged health when Find(health.NodeId) is { } node: node.Failed = !health.Healthy; break;
            case ApplyFailed failed when Find(failed.NodeId) is { } node:
                node.Touched = true;
                node.Tuner?.OnApplyFailed(failed.CommandId, failed.Error, _now);
                break;
        }
    }

    private void TakeSpec(PoolSpec spec)
    {
        bool first = _nodes.Count == 0;
        if (_spec is not null && !_spec.Sla.Percentile.Equals(spec.Sla.Percentile))
        {
            // Observations speak about one percentile; those of another one would mislead the search.
            foreach (ClassKnowledge knowledge in _classes.Values)
            {
                knowledge.Clear();
            }
        }

        _spec = spec;
        _retold = true;
        foreach (PoolNode node in _nodes.Values.Where(n => spec.Nodes.All(s => s.NodeId != n.NodeId)))
        {
            node.Membership = Membership.Leaving;
        }

        foreach (NodeSpec declared in spec.Nodes)
        {
            if (Find(declared.NodeId) is { } node && node.Membership != Membership.Leaving)
            {
                Declare(node, declared);
            }
        }

        AddDeclared(first);
    }

    private static void Declare(PoolNode node, NodeSpec declared)
    {
        node.Spec = declared;
        if (node.Membership == Membership.Active && !declared.Drained)
        {
            // A node that gave its load away before its drain was called off joins again; other weights move by the choreography.
            node.Membership = node.Weight == 0 && !node.Parked && !node.Failed ? Membership.Joining : Membership.Active;
            node.Restoring = false;
        }
        else if (node.Membership == Membership.Drained && !declared.Drained)
        {
            node.Membership = Membership.Joining;
            node.Restoring = false;
        }
    }

    private void AddDeclared(bool first = false)
    {
        foreach (NodeSpec declared in _spec!.Nodes.Where(s => !_nodes.ContainsKey(s.NodeId)))
        {
            var node = new PoolNode(declared, _options.Tuner, _options.Views);
            NodeSnapshot? saved = _saved.GetValueOrDefault(declared.NodeId);
            _saved.Remove(declared.NodeId);
            if (saved is { SettledQps: > 0 })
            {
                node.Saved = new OperatingPoint(saved.SettledSetting, saved.SettledQps, _spec.Sla.LatencyUs);
            }

            // Members of a pool that starts, or that its previous owner had routed, carry load already.
            bool waits = declared.Cordoned && saved?.Membership == PoolViews.Joining;
            if (((first && (_saved.Count == 0 || saved is not null)) || saved?.Membership is PoolViews.Active or PoolViews.Parked)
                && !waits)
            {
                node.Membership = Membership.Active;
                node.Parked = saved?.Membership == PoolViews.Parked;
                node.Weight = node.Parked ? 0 : _spec.Plans && saved is { Weight: > 0 } ? saved.Weight : declared.Weight;
            }

            if (declared.Drained && (node.Membership != Membership.Active || saved?.Membership == PoolViews.Drained))
            {
                (node.Membership, node.Weight, node.Restoring) = (Membership.Drained, 0, true);
            }

            _nodes.Add(declared.NodeId, node);
            _list = null;
        }
    }

    private void Connect(PoolNode node, AgentConnected agent)
    {
        bool same = node.HardwareClass == agent.HardwareClass && agent.Space.Equals(node.Space);
        if (node.AgentConnected && same)
        {
            return;
        }

        node.AgentConnected = true;
        node.Touched = true;
        node.AgentProblem = null;
        if (!same || node.Tuner is null)
        {
            node.HardwareClass = agent.HardwareClass;
            node.Space = agent.Space;
            string key = node.ClassKey = PoolViews.ClassKey(agent.HardwareClass, agent.Space);
            node.Envelope = null;
            node.Tuner = new Tuner(
                new TunerServices(
                    node.NodeId, agent.Space, _options.Tuner, _search, Class(key),
                    StableHash.Of(_options.Seed, node.NodeId), NextCommandId),
                new TunerInput(_now, _spec!.Sla, _spec.Mode == ControlMode.Canary ? ControlMode.Observe : _spec.Mode, false, null, false, []),
                node.Saved);
        }
    }

    private void StepTuners(List<PoolCommand> commands)
    {
        IReadOnlyList<PoolNode> nodes = Members;
        _siblings.Sum(nodes, _now);
        PoolNode? canary = _spec!.Mode == ControlMode.Canary
            ? nodes.FirstOrDefault(n => n.AgentConnected && !n.Restoring && n.Membership == Membership.Active)
            : null;
        for (int i = 0; i < nodes.Count; i++)
        {
            PoolNode node = nodes[i];
            if (node.Tuner is not { } tuner || !node.AgentConnected)
            {
                node.Traffic.Forget(_now);
                continue;
            }

            if (Rests(node, tuner))
            {
                continue;
            }

            node.Traffic.Forget(_now);
            bool may = tuner.Searching
                ? !_planner.Changing
                : !node.Spec.Cordoned && !_search.Busy
                    && _budget.Allows(_now, nodes.Count, _siblings.Searching, _planner.Changing, _spec.ExplorationShare);
            _siblings.Leave(node);
            tuner.Step(Input(node, may && !_spec.Paused && !node.Spec.Paused, canary), commands);
            _siblings.Enter(node, _now);
            (node.Touched, node.SteppedAt, node.Told) = (false, _now, (node.PreparedQps, node.ParkedSetting, node.OverloadSetting));
        }

        _retold = false;
    }

    /// <summary>
    /// Whether nothing has changed for a node that holds its setting: in a large pool most nodes rest most of the time. Once in half a sensors'
    /// time-out each is looked at, so that silence is noticed.
    /// </summary>
    private bool Rests(PoolNode node, Tuner tuner) => !node.Touched && !_retold && tuner.Idle && !_siblings.CommonTrouble
        && node.Told == (node.PreparedQps, node.ParkedSetting, node.OverloadSetting) && _now - node.SteppedAt < _options.Tuner.SensorTimeout / 2;

    private TunerInput Input(PoolNode node, bool mayExplore, PoolNode? canary) => new(
        _now, _spec!.Sla, Mode(node, canary), mayExplore, node.PreparedQps, _siblings.CommonTrouble, _siblings.Probes(node))
    {
        Overload = node.Restoring ? null : node.OverloadSetting,
        Sharers = Math.Max(1, Members.Count / NodesPerModelCheck),
        Parked = node.Restoring ? null : node.ParkedSetting,
        Adopt = _spec.Mode == ControlMode.Active && !_spec.Objective.CapsPower ? _balance.Adopt(node, _spec.Sla.LatencyUs) : null,
        Objective = _spec.Objective,
    };

    private ControlMode Mode(PoolNode node, PoolNode? canary) => node.Restoring ? ControlMode.Observe
        : _spec!.Mode != ControlMode.Canary ? _spec.Mode
        : node == canary ? ControlMode.Active
        : ControlMode.Observe;

    private PoolNode? Find(string nodeId) => _nodes.GetValueOrDefault(nodeId);

    private ClassKnowledge Class(string key)
    {
        if (!_classes.TryGetValue(key, out ClassKnowledge? knowledge))
        {
            _classes[key] = knowledge = new ClassKnowledge(_options.Tuner);
        }

        return knowledge;
    }

    private string NextCommandId() => string.Create(
        CultureInfo.InvariantCulture, $"{_options.CommandPrefix}-{_now.ToUnixTimeMilliseconds():x}-{++_commands}");
}
