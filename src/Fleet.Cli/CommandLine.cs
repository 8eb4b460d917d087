using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Cli.Commands;
using Fleet.Cli.Output;
using Fleet.Cli.Services;

namespace Fleet.Cli;

/// <summary>Parses and runs one command line: data goes to <c>output</c>, talk and errors to <c>error</c>.</summary>
internal static class CommandLine
{
    /// <summary>Time that a command has to stop after SIGTERM or SIGINT before the process ends anyway.</summary>
    internal static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Runs the command line and returns the exit code (<see cref="ExitCode"/>).</summary>
    /// <param name="args">The words.</param>
    /// <param name="output">Takes data.</param>
    /// <param name="error">Takes talk and errors.</param>
    /// <param name="become">Turns this process into another program, for services that have one of their own; null: never.</param>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, Action<IEnumerable<string>>? become = null)
    {
        RootCommand root = RootCommands.Create(args.FirstOrDefault(), become);
        ParseResult parsed = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0 && parsed.Action?.ClearsParseErrors != true)
        {
            return Say(error, UsageProblems.Of(parsed), ExitCode.Usage);
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = IsService(parsed) ? null : StopTimeout,
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception failure)
        {
            (IReadOnlyList<string> problems, int exitCode) = Failures.Explain(failure);
            return Say(error, problems, exitCode);
        }
    }

    private static bool IsService(ParseResult parsed) =>
        parsed.CommandResult is { Parent: CommandResult { Command: RootCommand }, Command.Name: var name }
        && ServiceKind.All.Any(s => s.Name == name);

    private static int Say(TextWriter error, IReadOnlyList<string> problems, int exitCode)
    {
        foreach (string problem in problems)
        {
            error.WriteLine($"fleet: {problem}");
        }

        return exitCode;
    }
}
