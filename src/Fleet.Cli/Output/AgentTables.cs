using System.Text.Json;
using Fleet.NodeAgent;
using Fleet.NodeAgent.Knobs;
using Fleet.NodeAgent.Sensors;

namespace Fleet.Cli.Output;

/// <summary>What a host has, for people and for programs.</summary>
internal static class AgentTables
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The documented shape (docs/knobs.md): every knob and sensor, also when absent.</summary>
    private static object Shape(AgentDescription description) => new
    {
        description.NodeName,
        description.HardwareClass,
        description.Version,
        description.Cores,
        Mode = Word(description.Mode),
        description.Bypass,
        Knobs = description.Knobs.Select(k => new
        {
            k.Knob.Name,
            k.Unit,
            Legal = k.Knob.LegalValues,
            Current = k.CurrentValue,
            State = State(k.Availability),
            k.Reason,
            k.Tuned,
        }),
        Sensors = description.Sensors.Select(s => new { s.Name, s.Unit, State = State(s.State), s.Reason }),
    };

    private static string State(KnobAvailability state) => state == KnobAvailability.ReadOnly ? "read-only" : Word(state);

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Writes the description.</summary>
    public static void Write(AgentDescription description, bool json, TextWriter output)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(Shape(description), Json));
            return;
        }

        output.WriteLine($"node   {description.NodeName}");
        output.WriteLine($"class  {description.HardwareClass}");
        output.WriteLine($"agent  {description.Version}, mode {Word(description.Mode)}");
        if (description.Bypass is { } bypass)
        {
            output.WriteLine(bypass);
        }

        output.WriteLine();
        var knobs = new TextTable("KNOB", "STATE", "TUNED", "NOW", "LEGAL VALUES", "WHY");
        foreach (KnobDescription knob in description.Knobs)
        {
            knobs.Add(
                knob.Knob.Name,
                State(knob.Availability),
                knob.Tuned ? "yes" : "no",
                knob.CurrentValue?.ToString() ?? "-",
                string.Join(' ', knob.Knob.LegalValues),
                knob.Reason);
        }

        knobs.Write(output);
        output.WriteLine();
        var sensors = new TextTable("SENSOR", "STATE", "UNIT", "WHY NOT");
        foreach (SensorDescription sensor in description.Sensors)
        {
            sensors.Add(sensor.Name, State(sensor.State), sensor.Unit, sensor.Reason);
        }

        sensors.Write(output);
    }
}
