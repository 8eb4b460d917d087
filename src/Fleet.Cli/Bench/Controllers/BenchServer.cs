using Fleet.Core.Knobs;
using Fleet.Simulation.Servers;
using Fleet.V1;
using CoreHistogram = Fleet.Core.Measurement.LatencyHistogram;
using CoreSetting = Fleet.Core.Knobs.Setting;

namespace Fleet.Cli.Bench.Controllers;

/// <summary>
/// What every simulated node does under each setting, on the wire's terms. Some variants of a second of traffic are drawn per setting
/// beforehand, so that the simulation costs next to nothing beside the controller.
/// </summary>
internal sealed class BenchServer
{
    /// <summary>Load of each node, requests per second.</summary>
    public const double Qps = 300_000;

    /// <summary>The pools' promise, microseconds at p99: some of the settings keep it, and the cheapest ones do not.</summary>
    public const double SlaUs = 300;

    private const int Variants = 8;

    private readonly SurfaceServer _server = new(MemcachedModel.Published.ToSurface(), 99, "bench");
    private readonly Dictionary<CoreSetting, (LatencyHistogram[] Seconds, double Watts)> _known = [];
    private readonly Lock _gate = new();

    /// <summary>The nodes' knobs.</summary>
    public KnobSpace Space => _server.Knobs;

    /// <summary>Name of the nodes' hardware class.</summary>
    public string HardwareClass => _server.HardwareClass;

    /// <summary>A second of traffic.</summary>
    /// <param name="setting">What is in force.</param>
    /// <param name="number">Number of the second: it is told by the count of requests.</param>
    /// <param name="node">Number of the node.</param>
    public (LatencyHistogram Latency, ulong Requests) Traffic(CoreSetting setting, int number, int node) =>
        (Known(setting).Seconds[(number + node) % Variants], (ulong)Qps + (ulong)number);

    /// <summary>Mean power, watts, with a reading's noise.</summary>
    public double Watts(CoreSetting setting, int number, int node) => Known(setting).Watts * (1 + (0.01 * Math.Sin((number * 12.9898) + node)));

    private (LatencyHistogram[] Seconds, double Watts) Known(CoreSetting setting)
    {
        lock (_gate)
        {
            return _known.TryGetValue(setting, out var known) ? known : _known[setting] = Draw(setting);
        }
    }

    private (LatencyHistogram[] Seconds, double Watts) Draw(CoreSetting setting)
    {
        var chance = new Chance(1);
        var seconds = new LatencyHistogram[Variants];
        for (int i = 0; i < Variants; i++)
        {
            var drawn = new CoreHistogram();
            _server.Record(drawn, setting, Qps, (long)Qps, 1, chance);
            seconds[i] = new LatencyHistogram { SumUs = drawn.SumUs, MaxUs = drawn.MaxUs };
            foreach ((int bucket, long count) in drawn.Sparse())
            {
                seconds[i].Buckets.Add((uint)bucket);
                seconds[i].Counts.Add((ulong)count);
            }
        }

        return (seconds, _server.Watts(setting, Qps));
    }
}
