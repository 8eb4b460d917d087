namespace Fleet.Lab.Demo;

/// <summary>A node as its controller shows it. What is not known is null.</summary>
/// <param name="Id">The node.</param>
/// <param name="Membership">"joining", "active", "leaving", "lost".</param>
/// <param name="Phase">Tuner phase in lower case: "hold", "measure", …</param>
/// <param name="Setting">The setting in force; empty for the kernel default.</param>
/// <param name="Qps">Requests per second.</param>
/// <param name="P99Us">Latency at the promise's percentile.</param>
/// <param name="Watts">Power.</param>
/// <param name="PowerSource">Where the power figure comes from.</param>
/// <param name="DefaultWatts">Power at the kernel default and this load, as the model has it.</param>
/// <param name="CpuUsPerRequest">Server CPU per request.</param>
/// <param name="Trials">Settings tried.</param>
/// <param name="Reason">Why it is where it is.</param>
public sealed record DemoNode(
    string Id,
    string Membership,
    string Phase,
    IReadOnlyDictionary<string, long> Setting,
    double Qps,
    double? P99Us,
    double? Watts,
    string PowerSource,
    double? DefaultWatts,
    double? CpuUsPerRequest,
    int Trials,
    string Reason)
{
    /// <summary>Whether every knob is as the agent found it.</summary>
    public bool AtDefault => Setting.Count == 0;

    /// <summary>Whether the tuner holds the outcome of a search, which may be the kernel default.</summary>
    public bool Holds => Phase == "hold" && Trials > 0;

    /// <summary>Share of power saved against the kernel default, by the model's estimate of it; null when unknown.</summary>
    public double? SavedRatio => Watts is { } watts && DefaultWatts is > 0 and { } plain ? 1 - (watts / plain) : null;

    /// <summary>The setting for people: <c>knob=value …</c> or <c>default</c>.</summary>
    public string SettingText => AtDefault ? "default" : string.Join(' ', Setting.Select(v => $"{v.Key}={v.Value}"));

    /// <summary>The setting in few columns: knob names without their family and unit.</summary>
    public string ShortSetting => AtDefault
        ? "default"
        : string.Join(' ', Setting.Select(v => $"{Short(v.Key)}={v.Value}"));

    private static string Short(string knob) => knob[(knob.LastIndexOf('.') + 1)..].Replace("_us", "", StringComparison.Ordinal);
}
