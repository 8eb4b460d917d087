using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Sensors;
using Fleet.V1;

namespace Fleet.NodeAgent.Service;

/// <summary>One watcher's readings: each is the difference between this sample and the watcher's last.</summary>
internal sealed class ReadingStream
{
    private readonly AgentNode _node;
    private readonly TimeProvider _time;
    private SensorTotals _last;
    private long _events;

    internal ReadingStream(AgentNode node, TimeProvider time)
    {
        _node = node;
        _time = time;
        _last = node.Sensors.Sample();
        _events = node.Authority.Events.Position;
    }

    /// <summary>What the sensors saw since the last call.</summary>
    internal NodeReading Next()
    {
        SensorTotals now = _node.Sensors.Sample();
        InForce force = _node.Authority.Current;
        TimeSpan duration = now.At - _last.At;
        var reading = new NodeReading
        {
            EndUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            DurationMs = duration.TotalMilliseconds,
            PowerSource = now.Source.ToProto(),
            ServerCpuMs = (now.ServerCpu - _last.ServerCpu).TotalMilliseconds,
            NapiCpuMs = (now.NapiCpu - _last.NapiCpu).TotalMilliseconds,
            ContextSwitches = (ulong)Math.Max(0, now.Switches - _last.Switches),
            RxPackets = (ulong)(now.RxPackets - _last.RxPackets),
            Setting = force.Setting.ToProto(),
            Exploring = force.Exploring,
            AgentEvent = _node.Authority.Events.Since(ref _events),
            Bypass = _node.Bypass ?? "",
        };
        reading.SensorProblems.AddRange(now.Problems);
        reading.Sensors.AddRange(now.Readings.Select(r => r.ToProto()));
        if (now.Joules is { } joules)
        {
            reading.EnergyJoulesTotal = joules;

            // A change of source moves the counter's zero point: no power from that interval.
            if (_last.Joules is { } before && _last.Source == now.Source && duration > TimeSpan.Zero && joules >= before)
            {
                reading.PowerWatts = (joules - before) / duration.TotalSeconds;
            }
        }

        _last = now;
        return reading;
    }
}
