using System.Collections.Immutable;
using System.Globalization;
using Fleet.Core.Control;
using Fleet.Core.Measurement;
using Fleet.Core.Search;
using Fleet.Core.Tuning;
using Fleet.Simulation.Servers;

namespace Fleet.Simulation.Pools;

/// <summary>
/// A pool on virtual time: simulated servers, agents and proxies around the production <see cref="PoolControl"/>. The same options
/// and calls give the same run. Each step checks the invariants; a broken one throws with the line that replays it.
/// </summary>
public sealed class SimulatedPool
{
    /// <summary>Length of a step: one telemetry slice.</summary>
    public static readonly TimeSpan StepLength = TimeSpan.FromMilliseconds(250);

    private readonly SimulatedPoolOptions _options;
    // A load that changes by less, as a share, is unchanged: a fifth of the load band.
    private const double Unnoticed = 0.02;

    // After a change of load or setting short slices show the guard what it would see.
    private static readonly TimeSpan Alert = TimeSpan.FromSeconds(5);

    private readonly ISettingSearch _search;
    private readonly LatencyHistogram _scratch = new();
    private SimulatedNode[]? _servers;
    private readonly SortedDictionary<string, SimulatedNode> _nodes = new(StringComparer.Ordinal);
    private readonly Chance _chance;
    private readonly PoolInvariants _invariants;
    private readonly CommonBursts _bursts;
    private readonly List<PoolEvent> _events = [];
    private readonly List<(int Steps, PoolEvent What)> _late = [];
    private readonly List<(DateTimeOffset Due, SetRoutes Routes)> _routesUnderWay = [];
    private ImmutableArray<NodeWeight> _routes = [];
    private PoolControl _control;
    private PoolSpec _spec;
    private double _routedQps = -1;
    private TimeSpan _skew;
    private int _failovers;

    /// <summary>Creates the pool with its first nodes.</summary>
    /// <param name="options">Size, load and dials.</param>
    /// <param name="search">The search method; null for the production one.</param>
    public SimulatedPool(SimulatedPoolOptions options, ISettingSearch? search = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _search = search ?? new ConstrainedSearch();
        _chance = new Chance(options.Seed);
        _control = new PoolControl(options.Control with { Seed = options.Seed, Views = options.Views }, _search, null);
        _invariants = new PoolInvariants(options);
        _bursts = new CommonBursts(options.Noise, options.Seed);
        Now = options.Start;
        Qps = options.Qps;
        _spec = new PoolSpec("simulated", options.Sla, options.Mode, [], Balance: options.Balance) { Objective = options.Objective };
        for (int i = 1; i <= options.Nodes; i++)
        {
            AddNode(string.Create(CultureInfo.InvariantCulture, $"node{i}"));
        }
    }

    /// <summary>Virtual time.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>Offered load, requests per second; may be changed at any time.</summary>
    public double Qps { get; set; }

    /// <summary>The pool as its control sees it.</summary>
    public PoolView View => _control.View;

    /// <summary>Whether every node holds a setting and no command, route or member is under way: longer steps then lose nothing.</summary>
    public bool Calm
    {
        get
        {
            if (_control.Moving)
            {
                return false;
            }

            IReadOnlyList<PoolNode> members = _control.Members;
            for (int i = 0; i < members.Count; i++)
            {
                if (members[i] is not { AgentConnected: true, Tuner: { Phase: TunerPhase.Hold, Answered: true } })
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>How often each kind of trouble really happened.</summary>
    public FaultCounts Faulted { get; } = new();

    /// <summary>What the operator asks for now.</summary>
    public PoolSpec Spec => _spec;

    /// <summary>The simulated servers by id.</summary>
    public IReadOnlyDictionary<string, SimulatedNode> Nodes => _nodes;

    /// <summary>Changes the promise.</summary>
    public void SetSla(Sla sla) => Ask(_spec with { Sla = sla });

    /// <summary>Changes who spreads the load.</summary>
    public void SetBalance(LoadBalance balance) => Ask(_spec with { Balance = balance });

    /// <summary>The node's server dies, or comes back.</summary>
    public void Kill(string nodeId, bool alive = false)
    {
        SimulatedNode node = _nodes[nodeId];
        if (node.ServerAlive != alive)
        {
            Faulted.Note(alive ? "node return" : "node death");
            node.ServerAlive = alive;
        }
    }

    /// <summary>Whether the class of a node has proven its setting for a load.</summary>
    internal bool IsProven(SimulatedNode node, double qps) => _control.IsProven(node.NodeId, node.InForce, qps);

    /// <summary>Changes how far control may go.</summary>
    public void SetMode(ControlMode mode) => Ask(_spec with { Mode = mode });

    /// <summary>Adds a server; the pool takes it in by the choreography.</summary>
    public void AddNode(string nodeId, IServer? server = null)
    {
        _nodes[nodeId] = new SimulatedNode(
            nodeId,
            server ?? Kind(),
            _options.Noise,
            new Chance(((ulong)(_chance.Unit() * 1e9) << 20) + (ulong)_nodes.Count),
            Faulted,
            _scratch)
        {
            Faults = _options.Faults,
        };
        _servers = null;
        Ask(_spec with { Nodes = _spec.Nodes.Add(new NodeSpec(nodeId, $"{nodeId}:11211", true, 100)) });
    }

    /// <summary>Takes a server out by the choreography.</summary>
    public void RemoveNode(string nodeId) => Ask(_spec with { Nodes = [.. _spec.Nodes.Where(n => n.NodeId != nodeId)] });

    /// <summary>Replaces the pool's control by a successor that starts from what this one saved.</summary>
    public void RestartControl()
    {
        PoolSnapshot saved = _control.Save();
        PoolControlOptions options = _options.Control with { Seed = _options.Seed, Views = _options.Views, CommandPrefix = $"r{++_failovers}" };
        _control = new PoolControl(options, _search, saved);
        _events.Clear();
        _late.Clear();
        _invariants.Restarted();
        Faulted.Note("controller failover");
        if (_options.Faults.ClockSkew > TimeSpan.Zero)
        {
            _skew = _options.Faults.ClockSkew * _chance.Between(-1, 1);
            Faulted.Note("clock skew");
        }

        foreach (SimulatedNode node in _nodes.Values)
        {
            node.Announced = false;
        }

        Ask(_spec);
    }

    /// <summary>Runs for a virtual time, one step after the other.</summary>
    public IEnumerable<SimulatedMoment> Run(TimeSpan duration)
    {
        DateTimeOffset end = Now + duration;
        while (Now < end)
        {
            yield return Step();
        }
    }

    /// <summary>Runs one step.</summary>
    public SimulatedMoment Step() => Step(StepLength);

    /// <summary>Runs one step of any length: the proxies' slice and the agents' reading are then as long.</summary>
    public SimulatedMoment Step(TimeSpan length)
    {
        DateTimeOffset start = Now;
        Now += length;
        Route();
        TakeLate();
        double slowed = _bursts.FactorAt(start, length);
        ImmutableArray<SimulatedNodeMoment>.Builder? moments = _options.Views ? ImmutableArray.CreateBuilder<SimulatedNodeMoment>() : null;
        foreach (SimulatedNode node in Servers)
        {
            Announce(node);
            node.TakeAnswers(start, _events);
            if (_options.Views)
            {
                moments!.Add(Serve(node, start, length, slowed));
            }
            else if (IsDue(node, start))
            {
                DateTimeOffset from = node.SampledTo ?? start;
                Report(node, node.Slice(from, Now - from, slowed), node.Reading(from, Now - from));
                node.SampledTo = Now;
            }
        }

        IReadOnlyList<PoolCommand> commands = _control.Step(Now + _skew, _events);
        commands = _options.Meddler?.Invoke(this, commands) ?? commands;
        _events.Clear();
        _invariants.Check(this, _control.Members, commands, length);
        foreach (PoolCommand command in commands)
        {
            Execute(command);
        }

        return new SimulatedMoment(Now, _options.Views ? _control.View : null!, commands, moments?.ToImmutable() ?? []);
    }

    /// <summary>The simulated servers in the order of their ids.</summary>
    internal SimulatedNode[] Servers => _servers ??= [.. _nodes.Values];

    /// <summary>
    /// Whether a node's slice is taken now. Without views, a node that holds its setting under an unchanged load is seen in long slices: every
    /// step of a large pool would draw thousands of slices that tell nothing.
    /// </summary>
    private bool IsDue(SimulatedNode node, DateTimeOffset start)
    {
        TimeSpan seen = Now - (node.SampledTo ?? start);
        if (node.QuietSince is not { } since || _control.Member(node.NodeId) is not { AgentConnected: true, PreparedQps: null } member
            || member.Tuner is not { Phase: TunerPhase.Hold, Answered: true } tuner || (member.Weight > 0 && tuner.InTrouble(Now)))
        {
            return true;
        }

        TimeSpan quiet = Now - since;
        return seen >= (quiet < Alert ? StepLength : quiet < _options.Steady ? _options.QuietSlice : _options.SteadySlice);
    }

    private IServer Kind()
    {
        if (_options.Classes.IsEmpty)
        {
            return _options.Server ?? new ServerModel();
        }

        Faulted.Note("class");
        return _options.Classes[_nodes.Count % _options.Classes.Length];
    }

    private void Ask(PoolSpec spec)
    {
        _spec = spec;
        _events.Add(new SpecSet(spec));
    }

    private void Announce(SimulatedNode node)
    {
        if (node.AgentAlive != node.Announced)
        {
            node.Announced = node.AgentAlive;
            if (!node.AgentAlive)
            {
                Faulted.Note("agent lost");
            }

            _events.Add(node.AgentAlive
                ? new AgentConnected(node.NodeId, node.Server.HardwareClass, node.Server.Knobs)
                : new AgentLost(node.NodeId, "connection refused"));
        }
    }

    private SimulatedNodeMoment Serve(SimulatedNode node, DateTimeOffset start, TimeSpan length, double slowed)
    {
        TrafficSlice slice = node.Slice(start, length, slowed);
        NodeReading reading = node.Reading(start, length);
        Report(node, slice, reading);

        double watts = node.Server.Watts(node.InForce, node.Qps);
        return new SimulatedNodeMoment(
            node.NodeId, slice.Requests, slice.Latency.CountAboveUs(_spec.Sla.LatencyUs), watts * length.TotalSeconds,
            (reading.ServerCpu + reading.NapiCpu).TotalSeconds,
            slice.Latency);
    }

    /// <summary>Reports carry the times of the controller's clock: it stamps them when they come.</summary>
    private void Report(SimulatedNode node, TrafficSlice slice, NodeReading reading)
    {
        Send(node, new SliceArrived(node.NodeId, slice with { Start = slice.Start + _skew }));
        if (node.AgentAlive)
        {
            Send(node, new ReadingArrived(node.NodeId, reading with { End = reading.End + _skew }));
        }
    }

    private void Send(SimulatedNode node, PoolEvent report)
    {
        if (node.Loses(node.Faults.LostTelemetry))
        {
            Faulted.Note("lost telemetry");
        }
        else if (node.LateSteps() is var late and > 0)
        {
            _late.Add((late, report));
        }
        else
        {
            _events.Add(report);
        }
    }

    private void TakeLate()
    {
        for (int i = 0; i < _late.Count; i++)
        {
            (int steps, PoolEvent what) = _late[i];
            _late[i] = (steps - 1, what);
            if (steps <= 1)
            {
                _events.Add(what);
                _late.RemoveAt(i--);
            }
        }
    }

    private void Route()
    {
        bool changed = !_routedQps.Equals(Qps) || _servers is null;
        for (int i = 0; i < _routesUnderWay.Count; i++)
        {
            if (_routesUnderWay[i].Due <= Now)
            {
                _routes = _routesUnderWay[i].Routes.Nodes;
                _events.Add(new RoutesAcknowledged(_routesUnderWay[i].Routes.Revision));
                _routesUnderWay.RemoveAt(i--);
                changed = true;
            }
        }

        if (!changed)
        {
            return;
        }

        _routedQps = Qps;
        double weights = _routes.Sum(r => (double)r.Weight);
        Dictionary<string, int> byId = _routes.ToDictionary(r => r.NodeId, r => r.Weight, StringComparer.Ordinal);
        foreach (SimulatedNode node in Servers)
        {
            double qps = weights > 0 && byId.TryGetValue(node.NodeId, out int weight) ? Qps * weight / weights : 0;
            if (!qps.Equals(node.Qps))
            {
                node.Qps = qps;
                if (node.QuietSince is null || Math.Abs(qps - node.QuietQps) > node.QuietQps * Unnoticed)
                {
                    (node.QuietQps, node.QuietSince) = (qps, Now);
                }
            }
        }
    }

    private void Execute(PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply when _nodes.TryGetValue(apply.NodeId, out SimulatedNode? node): node.Command(apply, Now); break;
            case SetRoutes routes: _routesUnderWay.Add((Now + (StepLength * 2), routes)); break;
            case NodeRemoved removed:
                _nodes.Remove(removed.NodeId);
                _servers = null;
                break;
        }
    }
}
