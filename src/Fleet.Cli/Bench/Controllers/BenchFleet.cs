using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.V1;
using CoreSetting = Fleet.Core.Knobs.Setting;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>The simulated nodes: what is in force at each, and what proxies and agents report of them every second.</summary>
/// <param name="nodes">How many.</param>
/// <param name="pools">Pools that share them.</param>
internal sealed class BenchFleet(int nodes, int pools)
{
    private const string Prefix = "node-";

    private readonly BenchServer _server = new();
    private readonly CoreSetting[] _inForce = [.. Enumerable.Repeat(CoreSetting.Default, nodes)];

    /// <summary>How many nodes there are.</summary>
    public int Nodes => nodes;

    /// <summary>Their knobs.</summary>
    public KnobSpace Space => _server.Space;

    /// <summary>Their hardware class.</summary>
    public string HardwareClass => _server.HardwareClass;

    /// <summary>How many pools have nodes, each behind a proxy of its own.</summary>
    public int Pools => Math.Min(pools, nodes);

    /// <summary>When in each second the proxy of a node's pool reports: proxies of a fleet beat at moments of their own.</summary>
    public double Phase(int node) => (double)(node % pools) / pools;

    /// <summary>The nodes of a pool.</summary>
    public IEnumerable<int> Members(int pool) => Enumerable.Range(0, nodes).Where(n => n % pools == pool);

    /// <summary>The number in a node's id.</summary>
    public static int Number(string id) => int.Parse(id.AsSpan(Prefix.Length), CultureInfo.InvariantCulture);

    /// <summary>The pool of a node.</summary>
    public string Pool(int node) => string.Create(CultureInfo.InvariantCulture, $"pool-{node % pools}");

    /// <summary>The id of a node.</summary>
    public static string Id(int node) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{node}");

    /// <summary>Puts a setting in force.</summary>
    public void Apply(int node, CoreSetting setting) => Volatile.Write(ref _inForce[node], setting);

    /// <summary>What is in force.</summary>
    public CoreSetting InForce(int node) => Volatile.Read(ref _inForce[node]);

    /// <summary>What a proxy saw of a node in one second.</summary>
    public TrafficSlice Slice(int node, int number)
    {
        (LatencyHistogram latency, ulong requests) = _server.Traffic(InForce(node), number, node);
        return new TrafficSlice
        {
            PoolId = Pool(node), NodeId = Id(node), DurationMs = 1000, Requests = requests, InFlight = 30, Latency = latency,
        };
    }

    /// <summary>What an agent read in one second.</summary>
    public NodeReading Reading(int node, int number)
    {
        CoreSetting setting = InForce(node);
        var reading = new NodeReading
        {
            DurationMs = 1000,
            PowerWatts = _server.Watts(setting, number, node),
            PowerSource = PowerSource.Rapl,
            ServerCpuMs = 700,
            NapiCpuMs = 100,
            Setting = new V1.Setting(),
        };
        reading.Setting.Values.AddRange(setting.Values.Select(v => new KnobValue { Knob = v.Key, Value = v.Value }));
        return reading;
    }
}
