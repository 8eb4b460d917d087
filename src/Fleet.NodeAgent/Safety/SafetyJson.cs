using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Fleet.NodeAgent.Safety;

/// <summary>How the journal and the audit are written; generated, so that the first change needs no reflection.</summary>
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(Dictionary<string, string>))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class SafetyJson : JsonSerializerContext
{
    /// <summary>One readable line: texts keep their quotes and signs, what is unknown is left out.</summary>
    internal static SafetyJson Line { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>For people who look into a journal.</summary>
    internal static SafetyJson Indented { get; } = new(new JsonSerializerOptions { WriteIndented = true });
}
