using System.Globalization;
using System.Reflection;
using Fleet.NodeAgent.Knobs;

namespace Fleet.NodeAgent;

/// <summary>A sensor as found on this host.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="Available">Whether it works now.</param>
/// <param name="Reason">Why it does not, with what would fix it; empty when it works.</param>
public sealed record SensorDescription(string Name, bool Available, string Reason);

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
    internal static AgentDescription Of(AgentNode node) => new(
        node.Options.Name,
        Class(node.Options, node.Sensors.Cores),
        Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0",
        node.Sensors.Cores,
        node.Knobs.Describe(),
        [.. node.Sensors.Describe().Select(s => new SensorDescription(s.Name, s.Reason.Length == 0, s.Reason))]);

    private static string Class(AgentOptions options, double cores)
    {
        string cpu = FirstValue(Path.Combine(options.ProcfsRoot, "cpuinfo"), "model name") ?? "unknown cpu";
        string kernel = Text(Path.Combine(options.ProcfsRoot, "sys/kernel/osrelease")) ?? "unknown kernel";
        string device = Path.Combine(options.SysfsRoot, "class/net", options.Device);
        string driver = Text(Path.Combine(device, "device/uevent"))?.Split('\n')
            .FirstOrDefault(l => l.StartsWith("DRIVER=", StringComparison.Ordinal))?["DRIVER=".Length..] ?? "virtual";
        return string.Create(CultureInfo.InvariantCulture, $"{cpu} / {cores:0.##} cores / {driver} / Linux {kernel}");
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
