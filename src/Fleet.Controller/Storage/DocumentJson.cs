using System.Text.Json;
using System.Text.Json.Serialization;
using Fleet.Core.Knobs;

namespace Fleet.Controller.Storage;

/// <summary>How documents and audit lines are written as JSON.</summary>
internal static class DocumentJson
{
    /// <summary>Options of every document.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: true);

    /// <summary>Options of one-line records.</summary>
    public static JsonSerializerOptions Line { get; } = Create(indented: false);

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            WriteIndented = indented,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
        };
        options.Converters.Add(new JsonStringEnumConverter());
        options.Converters.Add(new SettingConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>A setting as an object of knob values; empty for the kernel default.</summary>
    private sealed class SettingConverter : JsonConverter<Setting>
    {
        public override Setting Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            new(JsonSerializer.Deserialize<Dictionary<string, long>>(ref reader, options) ?? []);

        public override void Write(Utf8JsonWriter writer, Setting value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach ((string knob, long v) in value.Values)
            {
                writer.WriteNumber(knob, v);
            }

            writer.WriteEndObject();
        }
    }
}
