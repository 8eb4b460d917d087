using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Search;

namespace Fleet.Core.Planning;

/// <summary>
/// Decides how many nodes are active and what each carries, from what the classes have learned, and says so as target weights. Needs come
/// at once; savings wait until every plan of the turn-off delay agreed on them.
/// </summary>
internal sealed class BalancePlanner(PlanningOptions options, Func<PoolNode, LearnedEnvelope?> envelopeOf)
{
    // Parked power before any node of the class was seen parked, as a share of the least power seen: idle servers use half or more.
    private const double ParkedGuess = 0.5;
    private const double LoadSeconds = 10;
    private const int MixedSteps = 200;
    private const int WeightUnits = 1000;

    // Bands above the present load that are looked at: twenty times the load.
    private const int MostBands = 60;

    private readonly Dictionary<string, double> _parkedWatts = new(StringComparer.Ordinal);
    private readonly Queue<(DateTimeOffset At, int Active)> _wanted = new();
    private readonly MoveCost _moveCost = new(options);
    private DateTimeOffset _plannedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _loadAt = DateTimeOffset.MinValue;
    private double _load;
    private long _hits;
    private long _misses;

    /// <summary>Load that no split carries within the SLA at any setting, requests per second; 0 when there is none.</summary>
    public double ShortfallQps { get; private set; }

    /// <summary>Why the plan is as it is.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>What moves of keys cost, as far as measured.</summary>
    public MoveCost MoveCost => _moveCost;

    /// <summary>The weights that the nodes should have; null while there is nothing to change.</summary>
    /// <param name="now">Present time.</param>
    /// <param name="spec">What the operator asks for.</param>
    /// <param name="members">Nodes that serve or may serve: neither joining nor leaving nor dead.</param>
    /// <param name="othersQps">Load of nodes that leave or died: it comes to the members.</param>
    /// <param name="mayMove">Whether a move that nothing forces may begin now.</param>
    /// <param name="died">Whether a server died or came back just now: the plan is looked at at once.</param>
    public BalanceTarget? Step(
        DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double othersQps, bool mayMove, bool died = false)
    {
        if (members.Count == 0)
        {
            return null;
        }

        if (!spec.Plans)
        {
            NoOverload(members);
            return Declared(members);
        }

        double qps = Look(now, members) + othersQps;
        bool nobody = !Any(members, n => n.Weight > 0);
        if (nobody && qps <= 0)
        {
            // Nobody serves, so nobody sees how much is asked for: everybody serves until that is known.
            Reason = "no node has load: every node serves until the load is known";
            return Weights(members, members.Count, urgent: true);
        }

        TimeSpan pause = othersQps > 0 || died || nobody ? TimeSpan.Zero
            : Needy(now, members, qps) ? TimeSpan.FromSeconds(1)
            : options.PlanInterval;
        if (qps <= 0 || now - _plannedAt < pause)
        {
            return null;
        }

        _plannedAt = now;
        if (Any(members, n => envelopeOf(n) is null))
        {
            NoOverload(members);
            return Declared(members);
        }

        return Any(members, n => n.ClassKey != members[0].ClassKey)
            ? Mixed(now, spec, members, qps, mayMove)
            : Alike(now, spec, members, qps, mayMove);
    }

    /// <summary>Takes the reads of a slice of any node.</summary>
    public void Saw(long hits, long misses) => (_hits, _misses) = (_hits + hits, _misses + misses);

    /// <summary>The split was changed: what that costs in misses is measured from here.</summary>
    public void Moved(DateTimeOffset now, double qps) => _moveCost.Moved(now, qps);

    /// <summary>The setting to wait in without load: the one that drew least in the class.</summary>
    public static Setting Deepest(PoolNode node, IReadOnlyList<Observation> observations) => observations
        .Where(o => !o.Censored && node.Space!.Contains(o.Setting)).MinBy(o => o.Watts)?.Setting ?? Setting.Default;

    private static BalanceTarget? Declared(IReadOnlyList<PoolNode> members) =>
        !Any(members, n => n.Weight != Due(n) || n.Parked)
            ? null
            : new BalanceTarget([.. members.Select(n => Due(n))], Urgent: false, "the declared weights changed");

    /// <summary>The declared weight; a cordoned node's weight only falls.</summary>
    private static int Due(PoolNode node) => node.Spec.Cordoned ? Math.Min(node.Weight, node.Spec.Weight) : node.Spec.Weight;

    /// <summary>Whether the active nodes carry more than they did when they were chosen.</summary>
    private static bool Needy(DateTimeOffset now, IReadOnlyList<PoolNode> members, double qps) =>
        qps > 0 && Any(members, n => n.Parked) && Any(members, n => n.Weight > 0 && (n.Tuner?.InTrouble(now) ?? false));

    private BalanceTarget? Alike(DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double qps, bool mayMove)
    {
        LearnedEnvelope envelope = envelopeOf(members[0])!;
        envelope.Use(spec.Sla.LatencyUs);
        int active = members.Count(n => n.Weight > 0);
        double capacity = Capacity(envelope, qps / members.Count, qps / Math.Max(active, 1), now);
        if (capacity <= 0)
        {
            return Beyond(now, spec, members, qps, active, envelope);
        }

        double parked = _parkedWatts.TryGetValue(members[0].ClassKey!, out double seen)
            ? seen
            : ParkedGuess * (envelope.Watts(Math.Min(qps / members.Count, capacity), now) ?? 0);
        var node = new PlannedNode(q => envelope.Watts(q, now) ?? double.PositiveInfinity, capacity, parked);
        LoadPlan plan = LoadSplitter.Identical(node, members.Count, qps, options.Headroom);
        NoOverload(members);
        int need = Math.Max(1, (int)Math.Ceiling((qps / capacity) - 1e-9)) + (options.Headroom && members.Count > 1 ? 1 : 0);
        need = Math.Min(members.Count, Math.Max(need, spec.LeastActive));
        int wanted = Math.Max(need, Stable(now, plan.Active));
        if (active < need)
        {
            Reason = F($"{active} nodes carry {capacity:0} req/s each at most, {need} are needed for {qps:0} req/s, spare ones included");
            return Weights(members, need, urgent: true);
        }

        if (!mayMove || spec.Paused || wanted == active)
        {
            return null;
        }

        double watts = (active * node.Watts(Math.Min(qps / active, capacity))) + ((members.Count - active) * parked);
        double then = (wanted * node.Watts(qps / wanted)) + ((members.Count - wanted) * parked) + MoveWatts(spec, qps, active, wanted);
        if (!double.IsFinite(watts))
        {
            // Against a cost that nobody knows everything is a saving. The nodes that serve are being measured: it will be known.
            Reason = F($"what {active} nodes draw at {qps / active:0} req/s each is not known yet: nothing is moved to save power");
            return null;
        }

        if (!(then < watts * (1 - options.LeastSaving)))
        {
            return null;
        }

        int step = Math.Max(1, (int)(active * options.MaxMoveShare));
        double perNode = Math.Abs((watts - then) / (wanted - active));
        step = Math.Max(1, Math.Min(step, (int)(watts * options.MaxPowerStep / Math.Max(perNode, 1e-9))));
        int next = wanted > active ? Math.Min(wanted, active + step) : Math.Max(wanted, active - step);
        Reason = F($"{wanted} of {members.Count} nodes carry {qps:0} req/s for {then:0} W, {active} for {watts:0} W");
        return Weights(members, next, urgent: false);
    }

    /// <summary>
    /// No setting is known to keep the promise even when every node serves: all of them do. Where the model is sure that none does, it is
    /// overload: every node gets the setting with the lowest latency, and the shortfall is told.
    /// </summary>
    private BalanceTarget? Beyond(
        DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double qps, int active, LearnedEnvelope envelope)
    {
        double each = qps / members.Count;
        if (active == members.Count && envelope.IsHopeless(each, now))
        {
            int band = envelope.BandOf(each) - 1;
            int last = band - MostBands;
            while (band > last && !envelope.IsFeasible(band, now))
            {
                band--;
            }

            double carried = band > last ? members.Count * envelope.LoadOf(band) : 0;
            ShortfallQps = Math.Max(qps - carried, 0);
            Reason = F($"overload: {ShortfallQps:0} req/s more than every node together carries within {spec.Sla.LatencyUs:0} µs at any setting");
            Setting fastest = envelope.Fastest(each, now);
            foreach (PoolNode node in members)
            {
                node.OverloadSetting = fastest;
            }

            return null;
        }

        NoOverload(members);
        Reason = "no setting is known to keep the SLA at this load: every node serves";
        return active == members.Count ? null : Weights(members, members.Count, urgent: true);
    }

    private BalanceTarget? Mixed(DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double qps, bool mayMove)
    {
        var nodes = new PlannedNode[members.Count];
        for (int i = 0; i < nodes.Length; i++)
        {
            LearnedEnvelope envelope = envelopeOf(members[i])!;
            envelope.Use(spec.Sla.LatencyUs);
            double capacity = Capacity(envelope, qps / members.Count / 4, Math.Max(members[i].Traffic.Qps, qps / members.Count), now);
            double least = capacity > 0 ? envelope.Watts(capacity / 4, now) ?? envelope.Watts(capacity, now) ?? 0 : 0;
            double floor = least;
            nodes[i] = new PlannedNode(
                q => envelope.Watts(q, now) ?? floor, capacity, _parkedWatts.GetValueOrDefault(members[i].ClassKey!, ParkedGuess * least));
        }

        LoadPlan plan = LoadSplitter.Mixed(nodes, qps, MixedSteps, options.Headroom);
        if (plan.ShortfallQps > 0)
        {
            return BeyondMixed(now, spec, members, qps, plan);
        }

        NoOverload(members);
        int active = members.Count(n => n.Weight > 0);
        bool urgent = members.Zip(nodes).Where(p => p.First.Weight > 0).Sum(p => p.Second.CapacityQps) < qps;
        int stable = Stable(now, plan.Active);
        int[] weights = urgent ? Full(plan) : BoundedMove.Weights(members, nodes, plan.Loads, qps, options);
        if (!urgent && (!mayMove || spec.Paused || plan.Active < stable || Near(members, weights)))
        {
            return null;
        }

        var present = new PresentSplit(members, nodes, qps);
        double moveWatts = spec.Balance == LoadBalance.Keyed ? _moveCost.Watts(present.MovedQps(plan)) : 0;
        if (!urgent && !present.IsWorth(plan, moveWatts, options))
        {
            return null;
        }

        if (weights.Count(w => w > 0) < Math.Min(spec.LeastActive, members.Count))
        {
            return null;
        }

        Reason = urgent
            ? F($"the active nodes carry less than {qps:0} req/s: {plan.Active} of {members.Count} are needed")
            : F($"{plan.Active} of {members.Count} nodes carry {qps:0} req/s for {plan.Watts:0} W; {active} do now");
        return new BalanceTarget(weights, urgent, Reason);
    }

    private static int[] Full(LoadPlan plan)
    {
        double largest = plan.Loads.Max();
        return [.. plan.Loads.Select(l => l > 0 ? Math.Max(1, (int)Math.Round(l / largest * WeightUnits)) : 0)];
    }

    /// <summary>The same for nodes of several classes: each class is asked about its own share of the load.</summary>
    private BalanceTarget? BeyondMixed(DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double qps, LoadPlan plan)
    {
        bool everybody = !Any(members, n => n.Weight == 0);
        bool sure = everybody;
        for (int i = 0; sure && i < members.Count; i++)
        {
            sure = envelopeOf(members[i])!.IsHopeless(Math.Max(members[i].Traffic.Qps, 1), now);
        }

        if (!sure)
        {
            NoOverload(members);
            Reason = "no setting is known to keep the SLA at this load: every node serves";
            return everybody ? null : Weights(members, members.Count, urgent: true);
        }

        ShortfallQps = plan.ShortfallQps;
        Reason = F($"overload: {ShortfallQps:0} req/s more than every node together carries within {spec.Sla.LatencyUs:0} µs at any setting");
        foreach (PoolNode node in members)
        {
            node.OverloadSetting = envelopeOf(node)!.Fastest(Math.Max(node.Traffic.Qps, 1), now);
        }

        return null;
    }

    /// <summary>Highest load at which the model is sure of some setting, looked for upwards from a load that is carried now.</summary>
    private double Capacity(LearnedEnvelope envelope, double lowQps, double carriedQps, DateTimeOffset now)
    {
        int from = envelope.BandOf(lowQps);
        int band = Math.Max(envelope.BandOf(carriedQps), from);
        while (band >= from && !envelope.IsFeasible(band, now))
        {
            band--;
        }

        if (band < from)
        {
            return 0;
        }

        while (envelope.LoadOf(band) < options.MostNodeQps && envelope.IsFeasible(band + 1, now) && band < from + MostBands)
        {
            band++;
        }

        return Math.Min(envelope.LoadOf(band), options.MostNodeQps);
    }

    private double MoveWatts(PoolSpec spec, double qps, int active, int wanted) =>
        spec.Balance == LoadBalance.Keyed ? _moveCost.Watts(qps * Math.Abs(wanted - active) / Math.Max(wanted, active)) : 0;

    private void NoOverload(IReadOnlyList<PoolNode> members)
    {
        if (ShortfallQps > 0)
        {
            ShortfallQps = 0;
            foreach (PoolNode node in members)
            {
                node.OverloadSetting = null;
            }
        }
    }

    private int Stable(DateTimeOffset now, int active)
    {
        while (_wanted.Count > 0 && now - _wanted.Peek().At > options.TurnOffDelay)
        {
            _wanted.Dequeue();
        }

        _wanted.Enqueue((now, active));
        return _wanted.Max(w => w.Active);
    }

    /// <summary>Equal weights for so many nodes: those that serve first, then in the order of their names.</summary>
    private BalanceTarget Weights(IReadOnlyList<PoolNode> members, int active, bool urgent)
    {
        var chosen = members.OrderByDescending(n => n.Weight > 0).ThenByDescending(n => n.AgentConnected && !n.Spec.Cordoned)
            .ThenBy(n => n.NodeId.Length).ThenBy(n => n.NodeId, StringComparer.Ordinal).Take(active).ToHashSet();
        return new BalanceTarget([.. members.Select(n => chosen.Contains(n) ? Due(n) : 0)], urgent, Reason);
    }

    private static bool Near(IReadOnlyList<PoolNode> members, int[] weights)
    {
        double now = members.Sum(n => (double)n.Weight);
        double then = weights.Sum();
        return members.Zip(weights).All(p => Math.Abs((p.First.Weight / now) - (p.Second / then)) < 0.03 && p.First.Weight > 0 == p.Second > 0);
    }

    /// <summary>Looks at the nodes' traffic: load, reads, power of parked ones; gives the load to plan for.</summary>
    private double Look(DateTimeOffset now, IReadOnlyList<PoolNode> members)
    {
        double qps = 0;
        for (int i = 0; i < members.Count; i++)
        {
            PoolNode node = members[i];
            qps += node.Traffic.Qps;
            if (node.Parked && node.Traffic is { Qps: 0, Watts: { } watts and > 0 })
            {
                string key = node.ClassKey ?? "";
                _parkedWatts[key] = _parkedWatts.TryGetValue(key, out double old) ? old + (0.05 * (watts - old)) : watts;
            }
        }

        double seconds = Math.Max((now - _loadAt).TotalSeconds, 0);
        _moveCost.Add(now, seconds, _hits, _misses);
        (_hits, _misses) = (0, 0);
        double share = 1 - Math.Exp(-seconds / LoadSeconds);
        _load = _loadAt == DateTimeOffset.MinValue ? qps : _load + (share * (qps - _load));
        _loadAt = now;
        return Math.Max(qps, _load);
    }

    private static bool Any(IReadOnlyList<PoolNode> members, Func<PoolNode, bool> what)
    {
        for (int i = 0; i < members.Count; i++)
        {
            if (what(members[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Weights to move to.</summary>
/// <param name="Weights">One for each member, in their order; 0 parks.</param>
/// <param name="Urgent">Whether it serves the promise rather than saving: it waits for nothing and takes one step.</param>
/// <param name="Reason">For people.</param>
internal sealed record BalanceTarget(int[] Weights, bool Urgent, string Reason);
