using System.CommandLine;
using Google.Protobuf;

namespace Fleet.Cli.Output;

/// <summary>The option <c>-o table|json</c> and the writing of messages as JSON.</summary>
internal static class OutputFormat
{
    private static readonly JsonFormatter Pretty = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true).WithIndentation());

    private static readonly JsonFormatter Line = new(JsonFormatter.Settings.Default.WithFormatDefaultValues(true));

    private static readonly Option<string> Format = CreateFormat();

    /// <summary>Gives the command the option.</summary>
    public static void Add(Command command) => command.Add(Format);

    /// <summary>Whether JSON is asked for.</summary>
    public static bool IsJson(ParseResult parsed) => parsed.GetValue(Format) == "json";

    /// <summary>Writes the message as JSON, or lets the table be written.</summary>
    public static void Write(ParseResult parsed, IMessage message, Action<TextWriter> table)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (IsJson(parsed))
        {
            output.WriteLine(Pretty.Format(message));
        }
        else
        {
            table(output);
        }
    }

    /// <summary>Writes the message as one line of JSON.</summary>
    public static void WriteLine(ParseResult parsed, IMessage message) =>
        parsed.InvocationConfiguration.Output.WriteLine(Line.Format(message));

    private static Option<string> CreateFormat()
    {
        var format = new Option<string>("--output", "-o") { Description = "table or json", DefaultValueFactory = _ => "table" };
        format.AcceptOnlyFromAmong("table", "json");
        return format;
    }
}
