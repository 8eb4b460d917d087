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
    private readonly ISettingSearch _search;
    private readonly SortedDictionary<string, SimulatedNode> _nodes = new(StringComparer.Ordinal);
    private readonly Chance _chance;
    private readonly PoolInvariants _invariants;
    private readonly CommonBursts _bursts;
    private readonly List<PoolEvent> _events = [];
    private readonly List<(DateTimeOffset Due, SetRoutes Routes)> _routesUnderWay = [];
    private ImmutableArray<NodeWeight> _routes = [];
    private PoolControl _control;
    private PoolSpec _spec;

    /// <summary>Creates the pool with its first nodes.</summary>
    /// <param name="options">Size, load and dials.</param>
    /// <param name="search">The search method; null for the production one.</param>
    public SimulatedPool(SimulatedPoolOptions options, ISettingSearch? search = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _search = search ?? new ConstrainedSearch();
        _chance = new Chance(options.Seed);
        _control = new PoolControl(options.Control with { Seed = options.Seed }, _search, null);
        _invariants = new PoolInvariants(options);
        _bursts = new CommonBursts(options.Noise, options.Seed);
        Now = options.Start;
        Qps = options.Qps;
        _spec = new PoolSpec("simulated", options.Sla, options.Mode, [], Balance: options.Balance);
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

    /// <summary>Whether every node holds a setting and no route or member is under way: longer steps then lose nothing.</summary>
    public bool Calm => !_control.Moving && _control.Members.All(n => n is { AgentConnected: true, Tuner: { Phase: TunerPhase.Hold } });

    /// <summary>What the operator asks for now.</summary>
    public PoolSpec Spec => _spec;

    /// <summary>The simulated servers by id.</summary>
    public IReadOnlyDictionary<string, SimulatedNode> Nodes => _nodes;

    /// <summary>Changes the promise.</summary>
    public void SetSla(Sla sla) => Ask(_spec with { Sla = sla });

    /// <summary>Changes how far control may go.</summary>
    public void SetMode(ControlMode mode) => Ask(_spec with { Mode = mode });

    /// <summary>Adds a server; the pool takes it in by the choreography.</summary>
    public void AddNode(string nodeId, IServer? server = null)
    {
        _nodes[nodeId] = new SimulatedNode(
            nodeId,
            server ?? _options.Server ?? new ServerModel(),
            _options.Noise,
            new Chance(((ulong)(_chance.Unit() * 1e9) << 20) + (ulong)_nodes.Count))
        {
            Faults = _options.Faults,
        };
        Ask(_spec with { Nodes = _spec.Nodes.Add(new NodeSpec(nodeId, $"{nodeId}:11211", true, 100)) });
    }

    /// <summary>Takes a server out by the choreography.</summary>
    public void RemoveNode(string nodeId) => Ask(_spec with { Nodes = [.. _spec.Nodes.Where(n => n.NodeId != nodeId)] });

    /// <summary>Replaces the pool's control by a successor that starts from what this one saved.</summary>
    public void RestartControl()
    {
        PoolSnapshot saved = _control.Save();
        PoolControlOptions options = _options.Control with { Seed = _options.Seed, CommandPrefix = $"r{Now.ToUnixTimeSeconds()}" };
        _control = new PoolControl(options, _search, saved);
        _events.Clear();
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
        double slowed = _bursts.FactorAt(start, length);
        var moments = ImmutableArray.CreateBuilder<SimulatedNodeMoment>();
        foreach (SimulatedNode node in _nodes.Values)
        {
            Announce(node);
            _events.AddRange(node.Answers(start));
            moments.Add(Serve(node, start, length, slowed));
        }

        IReadOnlyList<PoolCommand> commands = _control.Step(Now, [.. _events]);
        _events.Clear();
        foreach (PoolCommand command in commands)
        {
            Execute(command);
        }

        _invariants.Check(this, _control.Members, commands, length);
        return new SimulatedMoment(Now, _options.Views ? _control.View : null!, commands, moments.ToImmutable());
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
            _events.Add(node.AgentAlive
                ? new AgentConnected(node.NodeId, node.Server.HardwareClass, node.Server.Knobs)
                : new AgentLost(node.NodeId, "connection refused"));
        }
    }

    private SimulatedNodeMoment Serve(SimulatedNode node, DateTimeOffset start, TimeSpan length, double slowed)
    {
        TrafficSlice slice = node.Slice(start, length, slowed);
        NodeReading reading = node.Reading(start, length);
        if (!node.Loses(node.Faults.LostTelemetry))
        {
            _events.Add(new SliceArrived(node.NodeId, slice));
        }

        if (node.AgentAlive && !node.Loses(node.Faults.LostTelemetry))
        {
            _events.Add(new ReadingArrived(node.NodeId, reading));
        }

        double watts = node.Server.Watts(node.InForce, node.Qps);
        return new SimulatedNodeMoment(
            node.NodeId, slice.Requests, slice.Latency.CountAboveUs(_spec.Sla.LatencyUs), watts * length.TotalSeconds,
            (reading.ServerCpu + reading.NapiCpu).TotalSeconds,
            slice.Latency);
    }

    private void Route()
    {
        foreach (var (due, routes) in _routesUnderWay.Where(r => r.Due <= Now).ToArray())
        {
            _routesUnderWay.Remove((due, routes));
            _routes = routes.Nodes;
            _events.Add(new RoutesAcknowledged(routes.Revision));
        }

        double weights = 0;
        foreach (SimulatedNode node in _nodes.Values)
        {
            node.Qps = 0;
        }

        foreach (NodeWeight route in _routes)
        {
            weights += route.Weight;
        }

        foreach (NodeWeight route in _routes)
        {
            if (weights > 0 && _nodes.TryGetValue(route.NodeId, out SimulatedNode? node))
            {
                node.Qps = Qps * route.Weight / weights;
            }
        }
    }

    private void Execute(PoolCommand command)
    {
        switch (command)
        {
            case ApplySetting apply when _nodes.TryGetValue(apply.NodeId, out SimulatedNode? node): node.Command(apply, Now); break;
            case SetRoutes routes: _routesUnderWay.Add((Now + (StepLength * 2), routes)); break;
            case NodeRemoved removed: _nodes.Remove(removed.NodeId); break;
        }
    }
}
