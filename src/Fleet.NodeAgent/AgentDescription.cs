using System.Globalization;
using System.Reflection;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Safety;
using Fleet.NodeAgent.Sensors;

namespace Fleet.NodeAgent;

/// <summary>What the host has: knobs with legal values, sensors, hardware class. Making it changes nothing.</summary>
/// <param name="NodeName">The agent's node name.</param>
/// <param name="HardwareClass">Nodes of one class share what is learned: CPU model, network driver, kernel release.</param>
/// <param name="Version">Agent version.</param>
/// <param name="Cores">Cores whose CPU time the readings count.</param>
/// <param name="Knobs">Knobs in the drivers' order.</param>
/// <param name="Sensors">Sensors in a fixed order.</param>
public sealed record AgentDescription(
    string NodeName,
    string HardwareClass,
    string Version,
    double Cores,
    IReadOnlyList<KnobDescription> Knobs,
    IReadOnlyList<SensorDescription> Sensors)
{
    /// <summary>How far the agent goes on a controller's word.</summary>
    public AgentMode Mode { get; init; }

    /// <summary>Why the knobs do not apply to this node (kernel bypass); null when they do.</summary>
    public string? Bypass { get; init; }

    internal static AgentDescription Of(AgentNode node) => new(
        node.Options.Name,
        Class(node.Options, node.Sensors.Cores, node.DeviceDriver),
        Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0",
        node.Sensors.Cores,
        node.Knobs.Describe(),
        node.Sensors.Describe())
    {
        Mode = node.Options.Mode,
        Bypass = node.Bypass,
    };

    private static string Class(AgentOptions options, double cores, string? driver)
    {
        string cpu = FirstValue(Path.Combine(options.ProcfsRoot, "cpuinfo"), "model name") ?? "unknown cpu";
        string kernel = Text(Path.Combine(options.ProcfsRoot, "sys/kernel/osrelease")) ?? "unknown kernel";
        return string.Create(CultureInfo.InvariantCulture, $"{cpu} / {cores:0.##} cores / {driver ?? "unknown driver"} / Linux {kernel}");
    }

    private static string? FirstValue(string path, string key) => Text(path)?.Split('\n')
        .FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?.Split(':', 2) is [_, string value] ? value.Trim() : null;

    private static string? Text(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
