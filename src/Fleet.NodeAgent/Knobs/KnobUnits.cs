namespace Fleet.NodeAgent.Knobs;

/// <summary>Reads a knob's unit from the end of its name, where every name carries it.</summary>
internal static class KnobUnits
{
    private static readonly (string Suffix, string Unit)[] Suffixes =
    [
        ("_us", "us"),
        ("usecs", "us"),
        ("_mhz", "MHz"),
        ("_frames", "frames"),
        ("_irqs", "polls"),
        ("_state", "index of the idle state"),
        (".threaded", "0 or 1"),
        ("adaptive_rx", "0 or 1"),
        ("adaptive_tx", "0 or 1"),
        ("turbo", "0 or 1"),
        ("_preference", "0 (performance) to 255 (power)"),
        (".governor", "index of the governor"),
        (".affinity", "mask of cores"),
    ];

    internal static string Of(string name) =>
        Suffixes.FirstOrDefault(s => name.EndsWith(s.Suffix, StringComparison.Ordinal)).Unit ?? "";
}
