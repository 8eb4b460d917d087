using Fleet.Core.Knobs;

namespace Fleet.Controller.Grains;

/// <summary>
/// The knob of a node that lies in the proxies: how long they gather requests to it. To the search it is one more delay beside the host's;
/// here a setting is split into what the agent applies and what the proxies do, and put together again when read back.
/// </summary>
internal static class SendDelayKnob
{
    /// <summary>Name of the knob.</summary>
    public const string Name = "proxy.send_delay_us";

    /// <summary>
    /// The knob. Steps of 50 µs where promises of 200 to 500 µs put the optimum; above, as far as a promise of a few milliseconds reaches.
    /// </summary>
    public static Knob Knob { get; } = new(Name, [0, 50, 100, 150, 200, 250, 300, 350, 400, 600, 1000, 2000], KnobScale.Log);

    /// <summary>The host's knobs and this one.</summary>
    public static KnobSpace AddTo(KnobSpace host) => new(host.Knobs.Append(Knob));

    /// <summary>What the agent applies.</summary>
    public static Setting HostPart(Setting setting) => new(setting.Values.Where(v => v.Key != Name));

    /// <summary>What the proxies do, µs; 0 in the default.</summary>
    public static long DelayUs(Setting setting) => setting.Values.GetValueOrDefault(Name);

    /// <summary>The whole setting; the default when the host is at its own and nothing is delayed.</summary>
    public static Setting Join(Setting host, long delayUs) =>
        host.IsDefault && delayUs == 0 ? Setting.Default : new Setting(host.Values.Append(KeyValuePair.Create(Name, delayUs)));
}
