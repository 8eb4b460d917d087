using Fleet.Core.Measurement;
using Fleet.Hosting.Metrics;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Sensors;

namespace Fleet.NodeAgent.Metrics;

/// <summary>The agent's instruments: a scrape samples the sensors once and reads the knobs once.</summary>
internal sealed class AgentMetrics
{
    private static readonly TimeSpan ShortestMean = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneScrape = TimeSpan.FromMilliseconds(100);
    private readonly AgentNode _node;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private SensorTotals _before;
    private SensorTotals _now;
    private long _sampledAt;

    private AgentMetrics(AgentNode node, TimeProvider time)
    {
        (_node, _time) = (node, time);
        _before = _now = node.Sensors.Sample();
        _sampledAt = time.GetTimestamp();
    }

    /// <summary>Adds the instruments.</summary>
    public static void AddTo(ServiceMeter meter, AgentNode node, TimeProvider time)
    {
        var metrics = new AgentMetrics(node, time);
        meter.Observe(MetricNames.AgentPower, metrics.Power);
        meter.Observe(MetricNames.AgentEnergy, () => metrics.Sampled() is { Joules: { } j } now ? [new Sample(j, Word(now.Source))] : []);
        meter.Observe(MetricNames.AgentServerCpu, () => metrics.Sampled().ServerCpu.TotalSeconds);
        meter.Observe(MetricNames.AgentNapiCpu, () => metrics.Sampled().NapiCpu.TotalSeconds);
        meter.Observe(MetricNames.AgentSwitches, () => metrics.Sampled().Switches);
        meter.Observe(MetricNames.AgentPackets, () => metrics.Sampled().RxPackets);
        meter.Observe(MetricNames.AgentSensorUp, () => node.Sensors.Describe().Select(s => new Sample(s.Reason.Length == 0 ? 1 : 0, s.Name)));
        meter.Observe(MetricNames.AgentKnob, () => Knobs(node));
        meter.Observe(MetricNames.AgentChanged, () => node.Authority.Current.Setting.IsDefault ? 0 : 1);
        meter.Observe(MetricNames.AgentExploring, () => node.Authority.Current.Exploring ? 1 : 0);
        meter.Observe(MetricNames.AgentLease, () => node.Authority.LeaseLeft.TotalSeconds);
        meter.Observe(MetricNames.AgentOwnActions, () => node.Authority.Events.Position);
        meter.Observe(MetricNames.AgentPermission, () => node.Permissions.Names.Select(n => new Sample(1, n)));
        meter.Observe(MetricNames.AgentYielded, () => node.Authority.Yielded ? 1 : 0);
    }

    private static IEnumerable<Sample> Knobs(AgentNode node)
    {
        try
        {
            return [.. node.Knobs.Describe().Where(k => k.CurrentValue is not null).Select(k => new Sample(k.CurrentValue!.Value, k.Knob.Name))];
        }
        catch (KnobException)
        {
            // The device is gone: no values are better than old ones.
            return [];
        }
    }

    private static string Word(PowerSource source) => source.ToString().ToLowerInvariant();

    private IEnumerable<Sample> Power()
    {
        SensorTotals now = Sampled();
        lock (_gate)
        {
            TimeSpan span = now.At - _before.At;
            double? watts = now.Joules is { } j && _before.Joules is { } b && _before.Source == now.Source && span >= ShortestMean && j >= b
                ? (j - b) / span.TotalSeconds
                : null;
            return watts is { } known ? [new Sample(known, Word(now.Source))] : [];
        }
    }

    // The instruments of one scrape share a sample; power is the mean since the last scrape that is at least a second old.
    private SensorTotals Sampled()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_sampledAt) >= OneScrape)
            {
                SensorTotals next = _node.Sensors.Sample();
                _before = next.At - _now.At >= ShortestMean || next.At - _before.At > 10 * ShortestMean ? _now : _before;
                (_now, _sampledAt) = (next, _time.GetTimestamp());
            }

            return _now;
        }
    }
}
