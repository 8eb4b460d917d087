using System.CommandLine;
using Fleet.Hosting.Errors;
using Fleet.Lab.Report;
using Fleet.Simulation.Days;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet plot</c>: draws the page of a simulated day again from its JSON.</summary>
internal static class PlotCommand
{
    private static readonly Argument<string> Input = new("FILE.json") { Description = "output of 'fleet simulate --json'" };

    private static readonly Option<string> Report = new("--report")
    {
        Description = "where the page goes (default: the input with .html)", HelpName = "FILE.html",
    };

    /// <summary>Builds the command.</summary>
    public static Command Create()
    {
        var command = new Command("plot", "Draw the page of a simulated day again from its JSON.") { Input, Report };
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

        (DayReport? report, string? problem) = DayReport.FromJson(File.ReadAllText(path));
        if (report is null)
        {
            throw new StartupException([$"{path} {problem}"]);
        }

        string page = parsed.GetValue(Report) ?? Path.ChangeExtension(path, ".html");
        File.WriteAllText(page, DayPage.Of(report));
        parsed.InvocationConfiguration.Output.WriteLine(page);
        return ExitCode.Ok;
    }
}
