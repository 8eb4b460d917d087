using System.CommandLine;
using System.Text.Json;
using Google.Protobuf;

namespace Fleet.Cli.Output;

/// <summary>The option <c>-o table|json|yaml</c> and the writing of messages in these formats.</summary>
internal static class OutputFormat
{
    private static readonly JsonFormatter Pretty = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation());

    private static readonly JsonFormatter Line = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly Option<string> Format = CreateFormat();

    /// <summary>Gives the command the option.</summary>
    public static void Add(Command command) => command.Add(Format);

    /// <summary>Whether a format for programs is asked for.</summary>
    public static bool IsJson(ParseResult parsed) => parsed.GetValue(Format) is "json" or "yaml";

    /// <summary>Writes the message as JSON or YAML, or lets the table be written.</summary>
    public static void Write(ParseResult parsed, IMessage message, Action<TextWriter> table) =>
        Write(parsed, () => Pretty.Format(message), table);

    /// <summary>Writes a document as JSON or YAML, or lets the table be written.</summary>
    public static void Write(ParseResult parsed, JsonElement document, Action<TextWriter> table) =>
        Write(parsed, () => JsonSerializer.Serialize(document, Indented), table);

    /// <summary>Writes the message as one line of JSON, or as one YAML document of a stream.</summary>
    public static void WriteLine(ParseResult parsed, IMessage message)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(Format) == "yaml")
        {
            output.WriteLine("---");
            output.Write(YamlText.FromJson(Line.Format(message)));
        }
        else
        {
            output.WriteLine(Line.Format(message));
        }
    }

    /// <summary>The message as a JSON document.</summary>
    public static JsonElement ToJson(IMessage message) => JsonSerializer.Deserialize<JsonElement>(Line.Format(message));

    private static void Write(ParseResult parsed, Func<string> json, Action<TextWriter> table)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        switch (parsed.GetValue(Format))
        {
            case "json": output.WriteLine(json()); break;
            case "yaml": output.Write(YamlText.FromJson(json())); break;
            default: table(output); break;
        }
    }

    private static Option<string> CreateFormat()
    {
        var format = new Option<string>("--output", "-o") { Description = "table, json or yaml", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json", "yaml");
        return format;
    }
}
