using System.Globalization;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Fleet.Cli.Output;

/// <summary>JSON documents as YAML: the same names and values, texts in quotes where a bare one would read as something else.</summary>
internal static class YamlText
{
    /// <summary>The document as YAML, with a line feed at the end.</summary>
    public static string FromJson(string json)
    {
        using var document = JsonDocument.Parse(json);
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        var emitter = new Emitter(text);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, true));
        Emit(emitter, document.RootElement);
        emitter.Emit(new DocumentEnd(true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                emitter.Emit(new MappingStart(null, null, true, element.EnumerateObject().Any() ? MappingStyle.Block : MappingStyle.Flow));
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    emitter.Emit(new Scalar(property.Name));
                    Emit(emitter, property.Value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonValueKind.Array:
                emitter.Emit(new SequenceStart(null, null, true, element.GetArrayLength() > 0 ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (JsonElement item in element.EnumerateArray())
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValueKind.String:
                emitter.Emit(new Scalar(null, null, element.GetString()!, ScalarStyle.DoubleQuoted, true, true));
                break;
            default:
                emitter.Emit(new Scalar(element.GetRawText()));
                break;
        }
    }
}
