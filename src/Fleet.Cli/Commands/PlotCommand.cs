using System.CommandLine;
using Fleet.Cli.Output;
using Fleet.Hosting.Errors;
using Fleet.Lab.Report;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet plot</c>: draws the page of a report again from its JSON.</summary>
internal static class PlotCommand
{
    private static readonly Argument<string> Input = new("FILE.json")
    {
        Description = "what 'fleet simulate', 'fleet sweep', 'fleet bench …' (--json) or 'fleet demo' wrote",
    };

    private static readonly Option<string> Report = new("--report")
    {
        Description = "where the page goes (default: the input with .html)", HelpName = "FILE.html",
    };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("plot", "Draw the page of a study, a sweep, a benchmark or a demo again from its JSON.") { Input, Report };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string path = parsed.GetRequiredValue(Input);
        if (!File.Exists(path))
        {
            throw new StartupException([$"{path}: no such file; make one with 'fleet simulate … --json > {path}'"]);
        }

        string page = parsed.GetValue(Report) ?? Path.ChangeExtension(path, ".html");
        StartupException.ThrowIfAny([.. OutputFiles.Problems(page)]);
        (string? drawn, string? problem) = ReportPages.Of(File.ReadAllText(path));
        if (drawn is null)
        {
            throw new StartupException([$"{path} {problem}"]);
        }

        File.WriteAllText(page, drawn);
        parsed.InvocationConfiguration.Output.WriteLine(page);
        return ExitCode.Ok;
    }
}
