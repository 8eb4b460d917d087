using Fleet.NodeAgent.Knobs;
using Fleet.V1;
using CoreScale = Fleet.Core.Knobs.KnobScale;
using CoreSetting = Fleet.Core.Knobs.Setting;
using CoreSource = Fleet.Core.Measurement.PowerSource;

namespace Fleet.NodeAgent.Service;

/// <summary>Between the agent's words and the contract's messages.</summary>
internal static class ProtoMapping
{
    internal static DescribeResponse ToProto(this AgentDescription description)
    {
        var response = new DescribeResponse
        {
            NodeName = description.NodeName,
            HardwareClass = description.HardwareClass,
            Version = description.Version,
            Cores = description.Cores,
            Mode = description.Mode.ToString().ToLowerInvariant(),
            Bypass = description.Bypass ?? "",
        };
        response.Knobs.AddRange(description.Knobs.Select(ToProto));
        response.Sensors.AddRange(description.Sensors.Select(s =>
            new Sensor { Name = s.Name, Available = s.Available, Reason = s.Reason, Unit = s.Unit }));
        return response;
    }

    internal static Setting ToProto(this CoreSetting setting)
    {
        var message = new Setting();
        message.Values.AddRange(setting.Values.Select(v => new KnobValue { Knob = v.Key, Value = v.Value }));
        return message;
    }

    /// <exception cref="ArgumentException">A knob is named twice.</exception>
    internal static CoreSetting ToCore(this Setting? setting)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (KnobValue value in setting?.Values ?? [])
        {
            if (!values.TryAdd(value.Knob, value.Value))
            {
                throw new ArgumentException($"the setting names knob {value.Knob} twice");
            }
        }

        return new CoreSetting(values);
    }

    /// <summary>Writes a reading over whatever the message held.</summary>
    internal static void Fill(this Sensors.SensorReading reading, V1.SensorReading message)
    {
        message.Name = reading.Name;
        message.Unit = reading.Unit;
        message.Value = reading.Value;
        message.Source = reading.Source;
        message.Quality = reading.Quality switch
        {
            Sensors.ReadingQuality.Measured => V1.ReadingQuality.Measured,
            Sensors.ReadingQuality.Sampled => V1.ReadingQuality.Sampled,
            Sensors.ReadingQuality.Calibration => V1.ReadingQuality.Calibration,
            _ => V1.ReadingQuality.Model,
        };
        message.AgeMs = reading.Age.TotalMilliseconds;
        message.ClearPerSecond();
        if (reading.PerSecond is { } rate)
        {
            message.PerSecond = rate;
        }
    }

    internal static PowerSource ToProto(this CoreSource source) => source switch
    {
        CoreSource.Rapl => PowerSource.Rapl,
        CoreSource.Hwmon => PowerSource.Hwmon,
        CoreSource.Ipmi => PowerSource.Ipmi,
        CoreSource.Model => PowerSource.Model,
        _ => PowerSource.Unspecified,
    };

    private static Knob ToProto(KnobDescription knob)
    {
        var message = new Knob
        {
            Name = knob.Knob.Name,
            Scale = knob.Knob.Scale switch
            {
                CoreScale.Linear => KnobScale.Linear,
                CoreScale.Log => KnobScale.Log,
                _ => KnobScale.Enum,
            },
            // What controllers may set is available to them; a knob that works and is left alone is not.
            State = knob.Availability switch
            {
                KnobAvailability.Available when knob.Tuned => KnobState.Available,
                KnobAvailability.Absent => KnobState.Absent,
                _ => KnobState.ReadOnly,
            },
            Reason = knob is { Availability: KnobAvailability.Available, Tuned: false }
                ? "left alone: the agent's --knobs does not name it" : knob.Reason,
        };
        message.LegalValues.AddRange(knob.Knob.LegalValues);
        if (knob.CurrentValue is { } value)
        {
            message.CurrentValue = value;
        }

        return message;
    }
}
