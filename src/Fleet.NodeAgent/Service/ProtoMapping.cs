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
        };
        response.Knobs.AddRange(description.Knobs.Select(ToProto));
        response.Sensors.AddRange(description.Sensors.Select(s =>
            new Sensor { Name = s.Name, Available = s.Available, Reason = s.Reason }));
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
            State = knob.Availability switch
            {
                KnobAvailability.Available => KnobState.Available,
                KnobAvailability.ReadOnly => KnobState.ReadOnly,
                _ => KnobState.Absent,
            },
            Reason = knob.Reason,
        };
        message.LegalValues.AddRange(knob.Knob.LegalValues);
        if (knob.CurrentValue is { } value)
        {
            message.CurrentValue = value;
        }

        return message;
    }
}
