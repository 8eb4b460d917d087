using System.Globalization;
using Fleet.Core.Knobs;
using Fleet.Core.Measurement;

namespace Fleet.Controller.Wire;

/// <summary>Words that both sides of the wire share, from Core to proto and back.</summary>
internal static class SettingWire
{
    /// <summary>A setting as sent.</summary>
    public static V1.Setting ToProto(this Setting setting)
    {
        var proto = new V1.Setting();
        proto.Values.AddRange(setting.Values.Select(v => new V1.KnobValue { Knob = v.Key, Value = v.Value }));
        return proto;
    }

    /// <summary>A setting as received; absent means the kernel default.</summary>
    public static Setting ToCore(this V1.Setting? setting)
    {
        var values = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (V1.KnobValue value in setting?.Values ?? [])
        {
            values[value.Knob] = value.Value;
        }

        return new Setting(values);
    }

    /// <summary>The source of a power figure.</summary>
    public static PowerSource ToCore(this V1.PowerSource source) => source switch
    {
        V1.PowerSource.Rapl => PowerSource.Rapl,
        V1.PowerSource.Hwmon => PowerSource.Hwmon,
        V1.PowerSource.Ipmi => PowerSource.Ipmi,
        V1.PowerSource.Model => PowerSource.Model,
        _ => PowerSource.Unknown,
    };

    /// <summary>The source of a power figure.</summary>
    public static V1.PowerSource ToProto(this PowerSource source) => source switch
    {
        PowerSource.Rapl => V1.PowerSource.Rapl,
        PowerSource.Hwmon => V1.PowerSource.Hwmon,
        PowerSource.Ipmi => V1.PowerSource.Ipmi,
        PowerSource.Model => V1.PowerSource.Model,
        _ => V1.PowerSource.Unspecified,
    };

    /// <summary>The knobs that can be used now.</summary>
    /// <exception cref="ArgumentException">A knob is described wrongly: the agent and this controller do not fit together.</exception>
    public static KnobSpace ToSpace(this IEnumerable<V1.Knob> knobs) => new(
        knobs.Where(k => k.State == V1.KnobState.Available).Select(k => new Knob(k.Name, [.. k.LegalValues], k.Scale switch
        {
            V1.KnobScale.Linear => KnobScale.Linear,
            V1.KnobScale.Log => KnobScale.Log,
            V1.KnobScale.Enum => KnobScale.Enum,
            _ => throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"knob {k.Name}: scale {(int)k.Scale} is unknown"), nameof(knobs)),
        })));
}
