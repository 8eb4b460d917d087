using Fleet.Core.Control;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;
using Fleet.Core.Planning;
using Fleet.Core.Search;
using Fleet.Core.Tuning;

namespace Fleet.Core.Tests.Control;

/// <summary>Drives a pool's control by hand: obedient nodes whose latency and power are a formula of their timer, without noise.</summary>
internal sealed class PoolBench
{
    public static readonly KnobSpace Space = new([new Knob("timer_us", [50, 100, 200, 400, 800], KnobScale.Log)]);
    public static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(250);
    private readonly Queue<PoolEvent> _events = new();

    public PoolBench(
        ISettingSearch? search = null, PoolSnapshot? saved = null, Func<PoolControlOptions, PoolControlOptions>? options = null)
    {
        var quick = new PoolControlOptions
        {
            Planning = new PlanningOptions { MaxExploringShare = 1, MembershipQuiet = TimeSpan.Zero, RampInterval = Slice },
            Tuner = new TunerOptions { HoldOff = TimeSpan.FromSeconds(20), QuarantineFirst = TimeSpan.FromSeconds(20) },
        };
        Control = new PoolControl(options?.Invoke(quick) ?? quick, search ?? new ScriptedSearch(), saved);
    }

    public PoolControl Control { get; }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Dictionary<string, Setting> InForce { get; } = [];

    public HashSet<string> Connected { get; } = [];

    public List<PoolCommand> Log { get; } = [];

    public double Qps { get; set; } = 8000;

    /// <summary>Whether an apply command reaches the host and is answered.</summary>
    public Func<ApplySetting, PoolEvent?>? Answer { get; set; }

    public Func<Setting, double?> Watts { get; set; } = s => s.IsDefault ? 10 : 10 - Math.Log(s["timer_us"]);

    /// <summary>Power by setting and load; null: <see cref="Watts"/>, whatever the load.</summary>
    public Func<Setting, double, double>? LoadWatts { get; set; }

    /// <summary>Servers that answer nothing.</summary>
    public HashSet<string> Dead { get; } = [];

    public Func<Setting, double> LatencyUs { get; set; } = s => s.IsDefault ? 60 : 40 + s["timer_us"];

    /// <summary>Latency by node and setting; null: <see cref="LatencyUs"/>, whatever the node.</summary>
    public Func<string, Setting, double>? NodeLatencyUs { get; set; }

    public bool AcknowledgesRoutes { get; set; } = true;

    public SetRoutes? Routes { get; private set; }

    public PoolSpec Spec { get; private set; } = new("pool", new Sla(99, 500), ControlMode.Active, []);

    public NodeView Node(string id) => Control.View.Nodes.Single(n => n.NodeId == id);

    public IEnumerable<DecisionRecord> Decisions => Log.OfType<RecordDecision>().Select(r => r.Decision);

    public static Setting Timer(long us) => new([new("timer_us", us)]);

    public PoolBench Ask(Func<PoolSpec, PoolSpec> change)
    {
        Spec = change(Spec);
        _events.Enqueue(new SpecSet(Spec));
        return this;
    }

    public PoolBench WithNodes(params string[] ids)
    {
        Ask(s => s with { Nodes = [.. ids.Select(id => new NodeSpec(id, id + ":11211", true, 100))] });
        foreach (string id in ids.Where(Connected.Add))
        {
            InForce[id] = Setting.Default;
            Raise(new AgentConnected(id, "class", Space));
        }

        return this;
    }

    public void Raise(PoolEvent happened) => _events.Enqueue(happened);

    /// <summary>Steps for a virtual time, or until the condition holds; tells whether it came to hold.</summary>
    public bool Run(double seconds, Func<bool>? until = null)
    {
        DateTimeOffset end = Now + TimeSpan.FromSeconds(seconds);
        while (Now < end)
        {
            Step();
            if (until?.Invoke() == true)
            {
                return true;
            }
        }

        return until is null;
    }

    public IReadOnlyList<PoolCommand> Step()
    {
        DateTimeOffset start = Now;
        Now += Slice;
        double weights = Routes?.Nodes.Sum(n => (double)n.Weight) ?? 0;
        foreach ((string id, Setting setting) in InForce.OrderBy(n => n.Key, StringComparer.Ordinal))
        {
            double share = weights > 0 ? (Routes!.Nodes.FirstOrDefault(n => n.NodeId == id)?.Weight ?? 0) / weights : 0;
            long requests = (long)(Qps * share * Slice.TotalSeconds);
            double latencyUs = NodeLatencyUs?.Invoke(id, setting) ?? LatencyUs(setting);
            TrafficSlice slice = TrafficOf(start, Dead.Contains(id) ? 0 : requests, latencyUs);
            Raise(new SliceArrived(id, slice with { Errors = Dead.Contains(id) ? requests : 0, Reachable = !Dead.Contains(id) }));
            Raise(new ReadingArrived(id, new NodeReading(
                Now, Slice, LoadWatts?.Invoke(setting, Qps * share) ?? Watts(setting),
                PowerSource.Model, Slice * 0.1, Slice * 0.1, 0, 0, setting, null)));
        }

        PoolEvent[] events = [.. _events];
        _events.Clear();
        IReadOnlyList<PoolCommand> commands = Control.Step(Now, events);
        Log.AddRange(commands);
        foreach (PoolCommand command in commands)
        {
            Execute(command);
        }

        return commands;
    }

    public static TrafficSlice TrafficOf(DateTimeOffset start, long requests, double latencyUs)
    {
        var histogram = new LatencyHistogram();
        histogram.RecordNs((long)(latencyUs * 1000), requests);
        return new TrafficSlice(start, Slice, requests, 0, 0, histogram);
    }

    private void Execute(PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply:
                PoolEvent? answer = Answer is null ? new SettingApplied(apply.NodeId, apply.CommandId, apply.Setting) : Answer(apply);
                if (answer is SettingApplied applied)
                {
                    InForce[apply.NodeId] = applied.ReadBack;
                }

                if (answer is not null)
                {
                    Raise(answer);
                }

                break;
            case SetRoutes routes when AcknowledgesRoutes:
                Routes = routes;
                Raise(new RoutesAcknowledged(routes.Revision));
                break;
            case NodeRemoved removed: InForce.Remove(removed.NodeId); break;
        }
    }
}
