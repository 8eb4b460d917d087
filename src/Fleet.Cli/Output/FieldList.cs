using System.Text.Json;

namespace Fleet.Cli.Output;

/// <summary>A document as indented lines of "name: value", for people.</summary>
internal static class FieldList
{
    private const int Column = 26;

    /// <summary>Writes every field; empty texts and lists are "-".</summary>
    public static void Write(TextWriter output, JsonElement document, string indent = "")
    {
        foreach (JsonProperty property in document.EnumerateObject())
        {
            switch (property.Value.ValueKind)
            {
                case JsonValueKind.Object when property.Value.EnumerateObject().Any():
                    output.WriteLine($"{indent}{property.Name}:");
                    Write(output, property.Value, indent + "  ");
                    break;
                case JsonValueKind.Array when property.Value.GetArrayLength() > 0:
                    output.WriteLine($"{indent}{property.Name}:");
                    foreach (JsonElement item in property.Value.EnumerateArray())
                    {
                        output.WriteLine($"{indent}  - {Plain(item.ToString())}");
                    }

                    break;
                default:
                    string value = property.Value.ValueKind switch
                    {
                        JsonValueKind.Object or JsonValueKind.Array => "",
                        JsonValueKind.String => property.Value.GetString()!,
                        _ => property.Value.GetRawText(),
                    };
                    output.WriteLine($"{(indent + property.Name + ":").PadRight(Column)} {(value.Length == 0 ? "-" : Plain(value))}");
                    break;
            }
        }
    }

    // Texts come from other hosts: nothing in them may steer a terminal.
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
