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
    private DateTimeOffset _plannedAt = DateTimeOffset.MinValue;
    private DateTimeOffset _loadAt = DateTimeOffset.MinValue;
    private double _load;

    /// <summary>Load that no split carries within the SLA, requests per second; 0 when there is none.</summary>
    public double ShortfallQps { get; private set; }

    /// <summary>Why the plan is as it is.</summary>
    public string Reason { get; private set; } = "";

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

        double qps = Load(now, members) + othersQps;
        if (!spec.Plans || members.Any(n => envelopeOf(n) is null))
        {
            ShortfallQps = 0;
            return Declared(members);
        }

        foreach (PoolNode parked in members.Where(n => n.Parked && n.Traffic is { Qps: 0, Watts: > 0 }))
        {
            double watts = parked.Traffic.Watts!.Value;
            string key = parked.ClassKey!;
            _parkedWatts[key] = _parkedWatts.TryGetValue(key, out double old) ? old + (0.05 * (watts - old)) : watts;
        }

        bool nobody = members.All(n => n.Weight == 0);
        if (nobody && qps <= 0)
        {
            // Nobody serves, so nobody sees how much is asked for: everybody serves until that is known.
            Reason = "no node has load: every node serves until the load is known";
            return Weights(members, members.Count, urgent: true);
        }

        TimeSpan pause = othersQps > 0 || died || nobody ? TimeSpan.Zero : Needy(now, members, qps) ? TimeSpan.FromSeconds(1) : options.PlanInterval;
        if (qps <= 0 || now - _plannedAt < pause)
        {
            return null;
        }

        _plannedAt = now;
        return members.All(n => n.ClassKey == members[0].ClassKey)
            ? Alike(now, spec, members, qps, mayMove)
            : Mixed(now, spec, members, qps, mayMove);
    }

    /// <summary>The setting to wait in without load: the one that drew least in the class.</summary>
    public static Setting Deepest(PoolNode node, IReadOnlyList<Observation> observations) => observations
        .Where(o => !o.Censored && node.Space!.Contains(o.Setting)).MinBy(o => o.Watts)?.Setting ?? Setting.Default;

    private static BalanceTarget? Declared(IReadOnlyList<PoolNode> members) =>
        members.All(n => n.Weight == Due(n) && !n.Parked)
            ? null
            : new BalanceTarget([.. members.Select(n => Due(n))], Urgent: false, "the declared weights changed");

    /// <summary>The declared weight; a cordoned node's weight only falls.</summary>
    private static int Due(PoolNode node) => node.Spec.Cordoned ? Math.Min(node.Weight, node.Spec.Weight) : node.Spec.Weight;

    /// <summary>Whether the active nodes carry more than they did when they were chosen.</summary>
    private static bool Needy(DateTimeOffset now, IReadOnlyList<PoolNode> members, double qps) =>
        members.Any(n => n.Parked) && members.Any(n => n.Weight > 0 && (n.Tuner?.InTrouble(now) ?? false)) && qps > 0;

    private BalanceTarget? Alike(DateTimeOffset now, PoolSpec spec, IReadOnlyList<PoolNode> members, double qps, bool mayMove)
    {
        LearnedEnvelope envelope = envelopeOf(members[0])!;
        envelope.Use(spec.Sla.LatencyUs);
        int active = members.Count(n => n.Weight > 0);
        double capacity = Capacity(envelope, qps / members.Count, qps / Math.Max(active, 1), now);
        if (capacity <= 0)
        {
            // Nothing is known to keep the promise even with every node: all of them serve.
            Reason = "no setting is known to keep the SLA at this load: every node serves";
            ShortfallQps = 0;
            return active == members.Count ? null : Weights(members, members.Count, urgent: true);
        }

        double parked = _parkedWatts.TryGetValue(members[0].ClassKey!, out double seen)
            ? seen
            : ParkedGuess * (envelope.Watts(Math.Min(qps / members.Count, capacity), now) ?? 0);
        var node = new PlannedNode(q => envelope.Watts(q, now) ?? double.PositiveInfinity, capacity, parked);
        LoadPlan plan = LoadSplitter.Identical(node, members.Count, qps, options.Headroom);
        ShortfallQps = plan.ShortfallQps;
        int need = Math.Max(1, (int)Math.Ceiling((qps / capacity) - 1e-9)) + (options.Headroom && members.Count > 1 ? 1 : 0);
        need = Math.Min(members.Count, Math.Max(need, spec.LeastActive));
        int wanted = Math.Max(need, Stable(now, plan.Active));
        if (active < need)
        {
            Reason = plan.ShortfallQps > 0
                ? F($"overload: {plan.ShortfallQps:0} req/s more than every node together carries within {spec.Sla.LatencyUs:0} µs")
                : F($"{active} nodes carry {capacity:0} req/s each at most, {need} are needed for {qps:0} req/s, spare ones included");
            return Weights(members, need, urgent: true);
        }

        if (!mayMove || spec.Paused || wanted == active)
        {
            return null;
        }

        double watts = (active * node.Watts(Math.Min(qps / active, capacity))) + ((members.Count - active) * parked);
        double then = (wanted * node.Watts(qps / wanted)) + ((members.Count - wanted) * parked) + MoveWatts(spec, qps, active, wanted);
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

        if (nodes.All(n => n.CapacityQps <= 0))
        {
            Reason = "no setting is known to keep the SLA at this load: every node serves";
            return null;
        }

        LoadPlan plan = LoadSplitter.Mixed(nodes, qps, MixedSteps, options.Headroom);
        ShortfallQps = plan.ShortfallQps;
        double largest = plan.Loads.Max();
        int[] weights = [.. plan.Loads.Select(l => l > 0 ? Math.Max(1, (int)Math.Round(l / largest * WeightUnits)) : 0)];
        int active = members.Count(n => n.Weight > 0);
        bool urgent = members.Zip(nodes).Where(p => p.First.Weight > 0).Sum(p => p.Second.CapacityQps) < qps;
        int stable = Stable(now, plan.Active);
        if (!urgent && (!mayMove || spec.Paused || plan.Active < stable || Near(members, weights)))
        {
            return null;
        }

        Reason = urgent
            ? F($"the active nodes carry less than {qps:0} req/s: {plan.Active} of {members.Count} are needed")
            : F($"{plan.Active} of {members.Count} nodes carry {qps:0} req/s for {plan.Watts:0} W; {active} do now");
        return new BalanceTarget(weights, urgent, Reason);
    }

    /// <summary>Highest load at which the model is sure of some setting, looked for upwards from a load that is carried now.</summary>
    private double Capacity(LearnedEnvelope envelope, double lowQps, double carriedQps, DateTimeOffset now)
    {
        int from = envelope.BandOf(lowQps);
        int band = Math.Max(envelope.BandOf(carriedQps), from);
        while (band >= from && envelope.At(band, now) is null)
        {
            band--;
        }

        if (band < from)
        {
            return 0;
        }

        while (envelope.LoadOf(band) < options.MostNodeQps && envelope.At(band + 1, now) is not null && band < from + MostBands)
        {
            band++;
        }

        return Math.Min(envelope.LoadOf(band), options.MostNodeQps);
    }

    private double MoveWatts(PoolSpec spec, double qps, int active, int wanted)
    {
        if (spec.Balance != LoadBalance.Keyed)
        {
            return 0;
        }

        double moved = qps * Math.Abs(wanted - active) / Math.Max(wanted, active);
        double misses = moved * 60 * options.MovedKeyShare;
        return misses * options.JoulesPerMiss / Math.Max(options.TurnOffDelay.TotalSeconds, 1);
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

    private double Load(DateTimeOffset now, IReadOnlyList<PoolNode> members)
    {
        double qps = members.Sum(n => n.Traffic.Qps);
        double share = 1 - Math.Exp(-Math.Max((now - _loadAt).TotalSeconds, 0) / LoadSeconds);
        _load = _loadAt == DateTimeOffset.MinValue ? qps : _load + (share * (qps - _load));
        _loadAt = now;
        return Math.Max(qps, _load);
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Weights to move to.</summary>
/// <param name="Weights">One for each member, in their order; 0 parks.</param>
/// <param name="Urgent">Whether it serves the promise rather than saving: it waits for nothing and takes one step.</param>
/// <param name="Reason">For people.</param>
internal sealed record BalanceTarget(int[] Weights, bool Urgent, string Reason);
