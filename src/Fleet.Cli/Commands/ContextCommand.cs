using System.CommandLine;
using Fleet.Cli.Clients;
using Fleet.Cli.Output;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet context</c>: the fleets that a person works with.</summary>
internal static class ContextCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "name of the context" };
    private static readonly Argument<string> Controller = new("CONTROLLER") { Description = "HOST:PORT or unix:/PATH" };
    private static readonly Option<string?> Certificate = new("--cert") { Description = "certificate to show (PEM)", HelpName = "FILE" };
    private static readonly Option<string?> Key = new("--key") { Description = "its private key (PEM)", HelpName = "FILE" };
    private static readonly Option<string?> Authority = new("--ca") { Description = "authority to trust (PEM)", HelpName = "FILE" };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var context = new Command("context", "Names fleets, so that commands find their controller and certificate.");
        context.Add(Action("list", "Shows the contexts.", [], (parsed, file) =>
        {
            var table = new TextTable("", "NAME", "CONTROLLER", "CERTIFICATE");
            foreach (CliContext c in file.All)
            {
                table.Add(c.Name == file.Current ? "*" : "", c.Name, c.Controller, c.TlsCert ?? "");
            }

            table.Write(parsed.InvocationConfiguration.Output);
        }));
        context.Add(Action("use", "Uses a context from now on.", [Name], (parsed, file) => file.Use(parsed.GetValue(Name)!)));
        context.Add(Action("delete", "Forgets a context.", [Name], (parsed, file) => file.Delete(parsed.GetValue(Name)!)));
        Command set = Action("set", "Adds or replaces a context; the first one is in use from then on.", [Name, Controller], (parsed, file) =>
            file.Set(new CliContext
            {
                Name = parsed.GetValue(Name)!,
                Controller = parsed.GetValue(Controller)!,
                TlsCert = Full(parsed.GetValue(Certificate)),
                TlsKey = Full(parsed.GetValue(Key)),
                TlsCa = Full(parsed.GetValue(Authority)),
            }));
        set.Add(Certificate);
        set.Add(Key);
        set.Add(Authority);
        context.Add(set);
        return context;
    }

    private static Command Action(string name, string description, Argument[] arguments, Action<ParseResult, ContextFile> action)
    {
        var command = new Command(name, description);
        Array.ForEach(arguments, command.Add);
        command.SetAction(parsed =>
        {
            action(parsed, ContextFile.Read());
            return ExitCode.Ok;
        });
        return command;
    }

    private static string? Full(string? path) => path is null ? null : Path.GetFullPath(path);
}
