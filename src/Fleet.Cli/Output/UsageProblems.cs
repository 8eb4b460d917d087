using System.CommandLine;
using System.CommandLine.Parsing;
using Fleet.Hosting.Errors;

namespace Fleet.Cli.Output;

/// <summary>Turns what the parser found into messages that name the thing, its value and the next step.</summary>
internal static class UsageProblems
{
    /// <summary>One line per problem; at least one.</summary>
    public static IReadOnlyList<string> Of(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        string path = PathOf(parsed.CommandResult);
        string help = $"see '{path} --help'";
        if (parsed.UnmatchedTokens.Count > 0)
        {
            return [.. Unknown(parsed.UnmatchedTokens, command, parsed.CommandResult, path, help)];
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            return [$"'{path}' needs a command: {string.Join(", ", command.Subcommands.Select(c => c.Name))}; {help}"];
        }

        return [.. parsed.Errors.Select(e => $"{e.Message.TrimEnd('.')}; {help}").Distinct()];
    }

    private static IEnumerable<string> Unknown(
        IReadOnlyList<string> tokens, Command command, CommandResult result, string path, string help)
    {
        bool valueOfUnknownOption = false;
        foreach (string token in tokens)
        {
            if (token.StartsWith('-'))
            {
                string name = token.Split('=', ':')[0];
                yield return OptionNames(result).Contains(name)
                    ? $"option {name} stands before its command; write '{path} ... {name}'; {help}"
                    : $"unknown option {name} of '{path}'{NearestName.Suggestion(name, OptionNames(result))}; {help}";
                valueOfUnknownOption = !token.Contains('=', StringComparison.Ordinal);
            }
            else if (valueOfUnknownOption)
            {
                valueOfUnknownOption = false;
            }
            else if (command.Subcommands.Count > 0)
            {
                string suggestion = NearestName.Suggestion(token, command.Subcommands.Select(c => c.Name));
                yield return $"unknown command {token} of '{path}'{suggestion}; {help}";
                valueOfUnknownOption = true;
            }
            else
            {
                yield return $"'{path}' takes no argument {token}; {help}";
            }
        }
    }

    private static IEnumerable<string> OptionNames(CommandResult result)
    {
        IEnumerable<string> own = result.Command.Options.SelectMany(o => o.Aliases.Prepend(o.Name));
        for (SymbolResult? parent = result.Parent; parent is CommandResult p; parent = p.Parent)
        {
            own = own.Concat(p.Command.Options.Where(o => o.Recursive).SelectMany(o => o.Aliases.Prepend(o.Name)));
        }

        return own;
    }

    private static string PathOf(CommandResult result)
    {
        string name = result.Parent is null ? "fleet" : result.Command.Name;
        return result.Parent is CommandResult parent ? $"{PathOf(parent)} {name}" : name;
    }
}
