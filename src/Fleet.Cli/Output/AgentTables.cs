using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.NodeAgent;
using Fleet.NodeAgent.Knobs;

namespace Fleet.Cli.Output;

/// <summary>What a host has, for people and for programs.</summary>
internal static class AgentTables
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes the description.</summary>
    public static void Write(AgentDescription description, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(description, Json));
            return;
        }

        output.WriteLine($"node   {description.NodeName}");
        output.WriteLine($"class  {description.HardwareClass}");
        output.WriteLine($"agent  {description.Version}");
        output.WriteLine();
        var knobs = new TextTable("KNOB", "STATE", "NOW", "LEGAL VALUES", "WHY");
        foreach (KnobDescription knob in description.Knobs)
        {
            knobs.Add(
                knob.Knob.Name,
                knob.Availability.ToString().ToLowerInvariant(),
                knob.CurrentValue?.ToString() ?? "-",
                string.Join(' ', knob.Knob.LegalValues),
                knob.Reason);
        }

        knobs.Write(output);
        output.WriteLine();
        var sensors = new TextTable("SENSOR", "WORKS", "WHY NOT");
        foreach (SensorDescription sensor in description.Sensors)
        {
            sensors.Add(sensor.Name, sensor.Available ? "yes" : "no", sensor.Reason);
        }

        sensors.Write(output);
    }
}
