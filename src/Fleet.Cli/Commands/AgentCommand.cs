using System.CommandLine;
using Fleet.Cli.Output;
using Fleet.Cli.Services;
using Fleet.Hosting.Configuration;
using Fleet.NodeAgent;

namespace Fleet.Cli.Commands;

/// <summary><c>fleet agent</c>: runs the node agent until SIGTERM or SIGINT, describes the host, or restores it.</summary>
internal static class AgentCommand
{
    private static readonly Option<bool> Describe = new("--describe") { Description = "show what the host has, change nothing, and end" };
    private static readonly Option<bool> Json = new("--json") { Description = "with --describe: JSON instead of a table" };
    private static readonly Option<bool> Restore = new("--restore") { Description = "restore the host from the journal, and end" };

    /// <summary>The command.</summary>
    /// <param name="become">Turns this process into the agent's own program; returns when there is none. Null: the agent runs in here.</param>
    public static Command Create(Action<IEnumerable<string>>? become = null)
    {
        var service = new ServiceCommand("agent", AgentKeys.All);
        Command command = service.Create("Runs the node agent: applies settings to this host and reports its sensors.");
        command.Add(Describe);
        command.Add(Json);
        command.Add(Restore);
        command.SetAction(async (parsed, ct) =>
        {
            RawOptions raw = service.Read(parsed);
            AgentOptions options = AgentKeys.Read(raw, needsDevice: !parsed.GetValue(Describe));
            if (parsed.GetValue(Describe))
            {
                AgentDescription description = AgentHost.Describe(options, TimeProvider.System);
                AgentTables.Write(description, parsed.GetValue(Json), parsed.InvocationConfiguration.Output);
                return ExitCode.Ok;
            }

            if (parsed.GetValue(Restore))
            {
                bool restored = AgentHost.Restore(options, TimeProvider.System);
                string what = restored ? "the host's originals are back" : "there is no journal, so nothing to restore";
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"fleet: {options.EffectiveJournalPath}: {what}");
                return ExitCode.Ok;
            }

            become?.Invoke(AgentProgram.Words(raw));
            string[] restore = [.. Self(), "agent", .. AgentKeys.RestoreWords(options)];
            return await ServiceCommand.RunAsync(
                stop => AgentHost.RunAsync(options with { RestoreCommand = restore }, TimeProvider.System, stop), ct);
        });
        return command;
    }

    /// <summary>The words that start this program again.</summary>
    internal static string[] Self()
    {
        string program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, typeof(AgentCommand).Assembly.Location] : [program];
    }
}
