using System.CommandLine;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet completion bash|zsh|fish</c>: a script that makes a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    // The suggest directive answers with one candidate a line for the text up to the cursor.
    private const string Bash = """
        _fleet() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(fleet "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _fleet fleet
        """;

    private const string Zsh = """
        #compdef fleet
        _fleet() {
            local -a found
            found=("${(@f)$(fleet "[suggest:${#BUFFER}]" "$BUFFER" 2>/dev/null)}")
            compadd -- $found
        }
        compdef _fleet fleet
        """;

    private const string Fish = """
        complete -f -c fleet -a '(fleet "[suggest:"(string length (commandline -cp))"]" (commandline -cp) 2>/dev/null)'
        """;

    private static readonly Argument<string> Shell = CreateShell();

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("completion", "Prints a script that makes a shell complete fleet's commands and options.") { Shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetValue(Shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Argument<string> CreateShell()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish; for bash: source <(fleet completion bash)" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        return shell;
    }
}
