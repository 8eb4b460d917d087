using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Sensors;
using Fleet.V1;
using Google.Protobuf.Collections;
using CoreSetting = Fleet.Core.Knobs.Setting;

namespace Fleet.NodeAgent.Service;

/// <summary>
/// One watcher's readings: each is the difference between this sample and the watcher's last. They are filled into the caller's messages again
/// and again, because what the agent allocates has to be collected on a host that is not the agent's.
/// </summary>
internal sealed class ReadingStream
{
    private readonly AgentNode _node;
    private readonly TimeProvider _time;
    private readonly List<Sensors.SensorReading> _sensors = [];
    private CoreSetting? _inForce;
    private Setting _message = new();
    private SensorTotals _last;
    private long _events;

    internal ReadingStream(AgentNode node, TimeProvider time)
    {
        _node = node;
        _time = time;
        _last = node.Sensors.Sample();
        _events = node.Authority.Events.Position;
    }

    /// <summary>Writes into a message what the sensors saw since the last call.</summary>
    internal void Next(NodeReading reading)
    {
        SensorTotals now = _node.Sensors.Sample(_sensors);
        InForce force = _node.Authority.Current;
        TimeSpan duration = now.At - _last.At;
        if (!ReferenceEquals(force.Setting, _inForce))
        {
            (_inForce, _message) = (force.Setting, force.Setting.ToProto());
        }

        reading.Setting = _message;
        reading.EndUnixMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        reading.DurationMs = duration.TotalMilliseconds;
        reading.PowerSource = now.Source.ToProto();
        reading.ServerCpuMs = (now.ServerCpu - _last.ServerCpu).TotalMilliseconds;
        reading.NapiCpuMs = (now.NapiCpu - _last.NapiCpu).TotalMilliseconds;
        reading.ContextSwitches = (ulong)Math.Max(0, now.Switches - _last.Switches);
        reading.RxPackets = (ulong)(now.RxPackets - _last.RxPackets);
        reading.Exploring = force.Exploring;
        reading.AgentEvent = _node.Authority.Events.Since(ref _events);
        reading.Bypass = _node.Bypass ?? "";
        reading.SensorProblems.Clear();
        reading.SensorProblems.AddRange(now.Problems);
        Fill(reading.Sensors, now.Readings);
        reading.ClearEnergyJoulesTotal();
        reading.ClearPowerWatts();
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
    }

    private static void Fill(RepeatedField<V1.SensorReading> messages, IReadOnlyList<Sensors.SensorReading> readings)
    {
        while (messages.Count > readings.Count)
        {
            messages.RemoveAt(messages.Count - 1);
        }

        for (int i = 0; i < readings.Count; i++)
        {
            if (i == messages.Count)
            {
                messages.Add(new V1.SensorReading());
            }

            readings[i].Fill(messages[i]);
        }
    }
}
